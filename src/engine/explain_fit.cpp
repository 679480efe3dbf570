// What of the machines keeps a job waiting, and when that may be over.
#include <algorithm>
#include <string>

#include "engine/core.hpp"
#include "engine/figures.hpp"

namespace retz::engine {

namespace {

Reason of_shortage(Reason::Code code, const pool::Shortage& s) {
  Reason r;
  r.code = code;
  r.resource = s.resource;
  r.asked = s.asked;
  r.most = s.most;
  r.node = s.node;
  r.remedy = less(s.resource, s.asked - s.most);
  return r;
}

Reason fits_no_node(const pool::Shortage& s) {
  Reason r = of_shortage(Reason::Code::fits_no_node, s);
  r.text = "fits no known node, largest is " + figure(s.resource, s.most) + " " + s.resource +
           (s.node.empty() ? "" : " on " + s.node) + ", asked " + figure(s.resource, s.asked);
  return r;
}

Reason not_enough_free(const pool::Shortage& s) {
  Reason r = of_shortage(Reason::Code::not_enough_free, s);
  r.text = "not enough " + s.resource + " free: nearest is " + s.node + " with " +
           figure(s.resource, s.most) + ", asked " + figure(s.resource, s.asked);
  return r;
}

std::string show(const Constraint& c) {
  std::string values;
  for (const std::string& v : c.values) values += (values.empty() ? "" : ", ") + v;
  switch (c.kind) {
    case Constraint::Kind::equals:
      return c.attribute + " = " + values;
    case Constraint::Kind::not_equals:
      return c.attribute + " other than " + values;
    case Constraint::Kind::matches:
      return c.attribute + " like " + values;
    case Constraint::Kind::in:
      return c.attribute + " one of " + values;
  }
  return c.attribute;
}

Reason unmet(const Constraint& c) {
  Reason r;
  r.code = Reason::Code::constraints;
  r.resource = c.attribute;
  r.text = "no known node has " + show(c) + " besides all else that is asked of it";
  r.remedy = "another constraint on " + c.attribute + ", or none";
  return r;
}

}  // namespace

Terms Core::terms(const Job& job) const {
  const model::ClassKey& key = classes_[job.class_id];
  const auto& preference = key.request.preference;
  Terms t;
  t.now = now_;
  t.estimate = key.estimate;
  t.longest_stay = key.longest_stay;
  t.relaxed = !preference || job.eligible_at + preference->patience <= now_;
  t.user = key.user;
  t.job = job.id;
  return t;
}

void Core::explain_fit(const Job& job, std::vector<Reason>& reasons) const {
  const Request& request = classes_[job.class_id].request;
  if (!pool_.has_nodes()) {
    Reason r;
    r.text = "no node is there";
    reasons.push_back(std::move(r));
    return;
  }
  const Fit fit = pool_.fit(request);
  if (fit == Fit::now) return explain_wishes(job, reasons);
  if (!pool_.fits_when_empty(request)) return explain_never(request, reasons);
  explain_draining(request, fit == Fit::never, reasons);
  if (fit == Fit::never) return;
  const std::vector<pool::Shortage> nearest = pool_.nearest(request);
  for (const pool::Shortage& s : nearest) reasons.push_back(not_enough_free(s));
  if (!nearest.empty()) {
    explain_endings(request, reasons[reasons.size() - nearest.size()]);
  } else if (reasons.empty()) {
    Reason r;
    r.text = "no lease is there that it fits";
    reasons.push_back(std::move(r));
  }
}

void Core::explain_never(const Request& request, std::vector<Reason>& reasons) const {
  if (const auto constraint = pool_.unmet(request)) return reasons.push_back(unmet(*constraint));
  for (const pool::Shortage& s : pool_.largest(request)) reasons.push_back(fits_no_node(s));
}

// Where only draining nodes could ever take it, one of them is the reason, full or not.
void Core::explain_draining(const Request& request, bool when_empty,
                            std::vector<Reason>& reasons) const {
  const auto node = pool_.draining_with_room(request, when_empty);
  if (!node) return;
  Reason r;
  r.code = Reason::Code::node_draining;
  r.node = *node;
  r.text = "node " + *node + " would have room, but is draining";
  r.remedy = "node " + *node + " is draining: end that";
  reasons.push_back(std::move(r));
}

// On the nearest node: which of those that run there must end until it fits.
void Core::explain_endings(const Request& request, Reason& reason) const {
  std::vector<std::pair<Instant, AttemptRef>> ends;
  for (const AttemptRef& ref : pool_.attempts_on(reason.node)) {
    ends.emplace_back(ending(jobs_[find(ref.job)]).at, ref);
  }
  std::sort(ends.begin(), ends.end());
  std::vector<AttemptRef> order;
  for (const auto& [at, ref] : ends) order.push_back(ref);
  const std::size_t needed = pool_.endings_needed(reason.node, request, order);
  if (needed == 0) return;
  const Job& last = jobs_[find(order[needed - 1].job)];
  reason.job = last.id;
  reason.until = ends[needed - 1].first;
  reason.remedy += ", or " + after(last);
}

// There is room, which it does not want yet, or may not have.
void Core::explain_wishes(const Job& job, std::vector<Reason>& reasons) const {
  const Request& request = classes_[job.class_id].request;
  const Terms t = terms(job);
  if (pool_.room_only_elsewhere(request, t)) {
    Reason r;
    r.code = Reason::Code::prefers;
    r.until = job.eligible_at + request.preference->patience;
    r.text = "there is room on nodes that it does not prefer; it waits for others until " +
             utc(*r.until);
    r.remedy = "no preference, or after " + utc(*r.until);
    reasons.push_back(std::move(r));
  }
  if (const auto full = pool_.spread_full(request, t); !full.empty()) {
    Reason r;
    r.code = Reason::Code::spread;
    r.resource = request.spread->attribute;
    r.text = "the nodes with room are of values of " + r.resource + " that have their part: ";
    for (const std::string& value : full) r.text += (&value == &full[0] ? "" : ", ") + value;
    r.remedy = "a skew of " + std::to_string(request.spread->skew + 1);
    reasons.push_back(std::move(r));
  }
  if (const auto worked = pool_.maintenance_with_room(request, t)) {
    Reason r;
    r.code = Reason::Code::maintenance;
    r.node = worked->node;
    r.until = worked->from;
    r.text = "node " + worked->node + " would have room, but is worked on from " +
             utc(worked->from) + " on, and it may run for longer than until then";
    r.remedy = worked->from > now_ ? "a time limit that ends before " + utc(worked->from) + ", or "
                                   : std::string();
    r.remedy += "after " + utc(worked->until);
    reasons.push_back(std::move(r));
  }
  if (job.state != JobState::queued) return;
  explain_reserved(job, t, reasons);
  explain_closed(job, t, reasons);
}

Reservation Core::told(const pool::Reservations::Promised& promised) const {
  return {promised.job, pool_.name_of(promised.node), promised.at};
}

// A promise to another job on a node that has room for it now, and that it would outlast.
void Core::explain_reserved(const Job& job, const Terms& t, std::vector<Reason>& reasons) const {
  const Request& request = classes_[job.class_id].request;
  std::optional<Reservation> before;
  std::vector<bool> full(pool_.node_bound(), false);
  const auto look = [&](JobId to, std::uint32_t node, Instant then) {
    if (before && !(to < before->job)) return;
    if (to == job.id || then >= t.now + t.estimate || full[node]) return;
    if (pool_.could_take(node, request)) {
      before = {to, pool_.name_of(node), then};
    } else {
      full[node] = true;
    }
  };
  for (const auto& promise : promises_) {
    if (!before) look(promise.job, promise.node, promise.at);
  }
  if (!before) pool_.kept().each(look);  // the first by its number
  if (!before) return;
  Reason r;
  r.code = Reason::Code::reserved;
  r.node = before->node;
  r.job = before->job;
  r.until = before->at;
  r.text = "node " + r.node + " would have room, which is promised to job " +
           std::to_string(r.job.value) + " for " + utc(before->at);
  r.remedy = "an estimate that ends before " + utc(before->at);
  reasons.push_back(std::move(r));
}

// A job that waited past the starvation bound keeps the nodes that it could use when empty.
void Core::explain_closed(const Job& job, const Terms& t, std::vector<Reason>& reasons) const {
  const Request& request = classes_[job.class_id].request;
  for (const Request& kept_for : closed_for_) {
    const queue::Queue::Waiting* const waits = queue_.first_overdue(kept_for);
    if (waits == nullptr || waits->job == job.id) continue;
    const auto node = pool_.room_kept_for(kept_for, request, t);
    if (!node) continue;
    Reason r;
    r.code = Reason::Code::reserved;
    r.node = pool_.name_of(*node);
    r.job = waits->job;
    r.text = "node " + r.node + " would have room, which is kept for job " +
             std::to_string(r.job.value) + ", as that has waited past the starvation bound";
    r.remedy = "after job " + std::to_string(r.job.value) + " starts";
    reasons.push_back(std::move(r));
    return;
  }
}

std::optional<Reservation> Core::reservation(const Job& job) const {
  if (const auto kept = pool_.kept().of(job.id)) {
    return Reservation{job.id, std::string(kept->node), kept->at};
  }
  for (const auto& promise : promises_) {
    if (promise.job == job.id) return told(promise);
  }
  return std::nullopt;
}

// Of all that keeps it, what can be over last: nothing that is over sooner lets it start.
std::optional<Instant> Core::not_before(const Job& job, const std::vector<Reason>& reasons) const {
  std::optional<Instant> last;
  const auto later = [&last](Instant then) { last = std::max(last.value_or(then), then); };
  bool short_of_room = false;
  for (const Reason& r : reasons) {
    switch (r.code) {
      case Reason::Code::backing_off:
        later(job.eligible_at);
        break;
      case Reason::Code::dependency:
        if (r.until) later(*r.until);
        break;
      case Reason::Code::not_enough_free:
      case Reason::Code::running_limit:
        short_of_room = true;
        break;
      default:
        break;
    }
  }
  if (!short_of_room) return last;
  if (const auto first = expected_ends_.first(now_)) later(*first);
  return last;
}

}  // namespace retz::engine
