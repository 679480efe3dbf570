// Who must start, by looking at every waiting job in its order.
#include <algorithm>
#include <limits>
#include <tuple>

#include "property/reference.hpp"

namespace retz::property {
namespace {

// Jobs of which only the first is ranked.
auto class_of(const ModelJob& job, const Ordering& ordering) {
  const JobFacts& facts = job.facts;
  const bool single = ordering.within_class() == WithinClass::by_rank;
  const bool limited = facts.array && facts.array->running_max > 0;
  return std::tuple(facts.request, facts.user, facts.estimate, longest_stay(facts), facts.priority,
                    limited ? facts.array->array : JobId{}, single ? facts.id : JobId{});
}

}  // namespace

bool Reference::overdue(const ModelJob& job) const {
  return policy_.starvation_bound && now_ - job.status.eligible_at >= *policy_.starvation_bound;
}

bool Reference::relaxed(const ModelJob& job) const {
  const auto& preference = job.facts.request.preference;
  return preference && now_ - job.status.eligible_at >= preference->patience;
}

bool Reference::steps_aside(const ModelJob& job) const {
  return !fits_some_node(job.facts.request, Draining::left_out);
}

// The longest chain of estimates through jobs that live and name the one before.
Duration Reference::critical_path(JobId id) const {
  Duration longest{0};
  for (const auto& [other, job] : jobs_) {
    if (is_terminal(job.status.state)) continue;
    const auto& on = job.facts.dependencies;
    const bool names = std::any_of(
        on.begin(), on.end(), [&](const Dependency& dependency) { return dependency.job == id; });
    if (names) longest = std::max(longest, critical_path(other));
  }
  return longest + jobs_.at(id).facts.estimate;
}

Rank Reference::rank(const ModelJob& job, const Ordering& ordering) const {
  const JobFacts& facts = job.facts;
  const bool single = ordering.within_class() == WithinClass::by_rank;
  return ordering.rank({facts.id, facts.user, facts.request, facts.priority, facts.estimate,
                        job.status.submitted, 0, single ? critical_path(facts.id) : Duration{0}},
                       now_);
}

// Overdue jobs by arrival; then, of the first jobs of all classes, the one with the least rank.
std::vector<const ModelJob*> Reference::in_order(const Ordering& ordering) const {
  using Class = decltype(class_of(jobs_.begin()->second, ordering));
  const auto earlier = [](const ModelJob* a, const ModelJob* b) {
    return a->status.arrival < b->status.arrival;
  };
  std::vector<const ModelJob*> list;
  std::map<Class, std::vector<const ModelJob*>> classes;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state != JobState::queued || steps_aside(job)) continue;
    (overdue(job) ? list : classes[class_of(job, ordering)]).push_back(&job);
  }
  std::sort(list.begin(), list.end(), earlier);
  for (auto& [key, jobs] : classes) std::sort(jobs.rbegin(), jobs.rend(), earlier);
  while (!classes.empty()) {
    const auto first =
        std::min_element(classes.begin(), classes.end(), [&](const auto& a, const auto& b) {
          const ModelJob& one = *a.second.back();
          const ModelJob& other = *b.second.back();
          return std::tuple(rank(one, ordering), one.status.arrival) <
                 std::tuple(rank(other, ordering), other.status.arrival);
        });
    list.push_back(first->second.back());
    first->second.pop_back();
    if (first->second.empty()) classes.erase(first);
  }
  return list;
}

std::vector<const ModelJob*> Reference::waiting() const {
  return in_order(*policy_.ordering);
}

bool Reference::open(const ModelJob& job) const {
  const UserLimits& limits = limits_of(job.facts.user);
  std::uint64_t running = 0;
  std::uint64_t of_array = 0;
  std::int64_t cpus = job.facts.request.amounts.cpus;
  for (const auto& [id, other] : jobs_) {
    if (!other.live) continue;
    if (other.facts.user == job.facts.user) {
      ++running;
      cpus += other.live->placement.amounts.cpus;
    }
    const bool same_array =
        job.facts.array && other.facts.array && other.facts.array->array == job.facts.array->array;
    if (same_array) ++of_array;
  }
  if (limits.running && running >= *limits.running) return false;
  if (limits.running_cpus && cpus > *limits.running_cpus) return false;
  return !job.facts.array || job.facts.array->running_max == 0 ||
         of_array < job.facts.array->running_max;
}

// The back-offs that ended since the step before, in the order in which they did.
void Reference::wake() {
  std::vector<ModelJob*> due;
  for (auto& [id, job] : jobs_) {
    const Instant then = job.status.eligible_at;
    if (job.status.state == JobState::blocked && then > woken_ && then <= now_) {
      due.push_back(&job);
    }
  }
  std::stable_sort(due.begin(), due.end(), [](const ModelJob* a, const ModelJob* b) {
    return a->status.eligible_at < b->status.eligible_at;
  });
  for (ModelJob* job : due) {
    if (!job->unmet.empty() || job->held) continue;
    const Instant then = job->status.eligible_at;
    requeue(*job, Duration{0});
    job->status.eligible_at = then;
  }
}

std::string Reference::skip_pass(const std::vector<StartAttempt>& starts) {
  admit();
  return starts.empty() ? std::string() : "a job started in a step that makes no pass";
}

// Starting jobs makes room for others of their users: then it is planned once more.
std::string Reference::follow_pass(const std::vector<StartAttempt>& starts) {
  admit();
  Follow follow{starts};
  std::string wrong;
  do {
    closed_.clear();
    promised_.reset();
    const std::string_view planner = policy_.planner->name();
    const bool exact = planner == "strict" || planner == "first_fit" || planner == "easy";
    wrong = exact ? follow_exact(follow) : follow_free(follow);
  } while (wrong.empty() && admit());
  closed_.clear();
  promised_.reset();
  close_offers();
  if (wrong.empty() && follow.next < starts.size()) {
    wrong =
        "job " + std::to_string(starts[follow.next].attempt.job.value) + " started and must not";
  }
  return wrong;
}

std::string Reference::follow_exact(Follow& follow) {
  std::string wrong = follow_list(waiting(), follow);
  if (!wrong.empty() || !promised_ || follow.stopped) return wrong;
  const auto& backfill = policy_.backfill_order ? policy_.backfill_order : policy_.ordering;
  return follow_list(in_order(*backfill), follow);
}

// Each in turn; what becomes of who finds no room is the planner's affair.
std::string Reference::follow_list(const std::vector<const ModelJob*>& list, Follow& follow) {
  const std::string_view planner = policy_.planner->name();
  const bool gaps = promised_.has_value();
  // Of a class only the first is looked at: one that waits for what it prefers is waited for.
  std::set<decltype(class_of(jobs_.begin()->second, *policy_.ordering))> patient;
  for (const ModelJob* waiting : list) {
    follow.stopped = limits_.running && counts().active >= *limits_.running;
    if (follow.stopped) return {};
    ModelJob& job = jobs_.at(waiting->facts.id);
    if (job.status.state != JobState::queued || !open(job)) continue;
    const auto its_class = class_of(job, *policy_.ordering);
    if (!overdue(job) && patient.contains(its_class)) continue;
    const std::vector<Room> rooms = choices(job);
    const bool waits = job.facts.request.preference && !relaxed(job) && !overdue(job);
    if (rooms.empty() && waits) patient.insert(its_class);
    if (!rooms.empty()) {
      std::string wrong = follow_start(job, rooms, follow);
      if (!wrong.empty()) return wrong;
    } else if (planner == "strict") {
      return {};
    } else if (planner == "easy" && !gaps) {
      promise(job);
      if (promised_) return {};
    } else if (planner == "first_fit" && overdue(job)) {
      for (const auto& [name, node] : nodes_) {
        if (fits_when_empty(job.facts.request, name)) closed_.insert(name);
      }
    }
  }
  return {};
}

std::string Reference::follow_start(ModelJob& job, const std::vector<Room>& rooms, Follow& follow) {
  const std::string name = "job " + std::to_string(job.facts.id.value);
  if (follow.next == follow.starts.size()) return name + " had to start and did not";
  const StartAttempt& start = follow.starts[follow.next++];
  if (start.attempt.job != job.facts.id) {
    return name + " had to start before job " + std::to_string(start.attempt.job.value);
  }
  const auto chosen = std::find_if(rooms.begin(), rooms.end(), [&](const Room& room) {
    return room.lease == start.lease && room.node == start.placement.node;
  });
  if (chosen == rooms.end()) return name + " must not start on " + start.placement.node;
  std::string wrong = wrong_placement(job.facts.request, start.placement, *chosen);
  if (wrong.empty()) wrong = wrong_lease(job.facts.request, rooms, *chosen);
  if (!wrong.empty()) return name + ": " + wrong;
  if (start.attempt.attempt != job.status.attempts + 1) return name + ": wrong attempt number";
  book_start(job, start);
  return {};
}

// A planner whose choice is its own: each start must be one that could be made, and nothing that
// comes later starts where an overdue job could.
std::string Reference::follow_free(Follow& follow) {
  const std::vector<const ModelJob*> list = waiting();
  for (; follow.next < follow.starts.size(); ++follow.next) {
    const StartAttempt& start = follow.starts[follow.next];
    const std::string name = "job " + std::to_string(start.attempt.job.value);
    const auto found = std::find_if(list.begin(), list.end(), [&](const ModelJob* job) {
      return job->facts.id == start.attempt.job;
    });
    if (found == list.end()) return {};  // it came in later, or must not start
    ModelJob& job = jobs_.at(start.attempt.job);
    if (limits_.running && counts().active >= *limits_.running) return name + ": over the limit";
    if (!open(job)) return name + " is at a limit of its user or array";
    const std::vector<Room> rooms = choices(job);
    const auto chosen = std::find_if(rooms.begin(), rooms.end(), [&](const Room& room) {
      return room.lease == start.lease && room.node == start.placement.node;
    });
    if (chosen == rooms.end()) return name + " must not start on " + start.placement.node;
    const std::string wrong = wrong_placement(job.facts.request, start.placement, *chosen);
    if (!wrong.empty()) return name + ": " + wrong;
    if (policy_.planner->name() == "packing") {
      if (const auto robbed = robs(job, start.placement.node, list)) {
        return name + " started where the overdue job " + std::to_string(robbed->value) + " could";
      }
    }
    book_start(job, start);
  }
  return {};
}

// An overdue job that finds no room now, and that could use the node when it is empty.
std::optional<JobId> Reference::robs(const ModelJob& job, const std::string& node,
                                     const std::vector<const ModelJob*>& list) const {
  for (const ModelJob* other : list) {
    if (other->facts.id == job.facts.id) break;
    if (overdue(*other) && !other->live && open(*other) && choices(*other).empty() &&
        fits_when_empty(other->facts.request, node)) {
      return other->facts.id;
    }
  }
  return std::nullopt;
}

void Reference::book_start(ModelJob& job, const StartAttempt& start) {
  ModelNode& node = nodes_.at(start.placement.node);
  take_from_offer(node, start);
  node.last_use = ++starts_;
  job.live = LiveAttempt{start.attempt, AttemptState::starting, start.placement, now_};
  job.status.state = JobState::active;
  job.status.attempts = start.attempt.attempt;
  job.status.started = now_;
}

// Used ones are closed; the others are kept only where jobs wait and may start.
void Reference::close_offers() {
  const bool wanted = counts().queued > 0;
  for (auto& [name, node] : nodes_) {
    for (const LeaseId lease : node.used) node.offers.erase(lease);
    node.used.clear();
    if (wanted && !node.draining) continue;
    for (const auto& [lease, offer] : node.offers) demands_.returned.insert(lease);
    node.offers.clear();
  }
}

// Smaller is better, by the order of the rule.
Reference::Liking Reference::liking(const Request& request, const Room& room) const {
  const FitRule& rule = *policy_.fit_rule;
  const Amounts& left = room.left.amounts;
  const std::uint64_t last_use = nodes_.at(room.node).last_use;
  switch (rule.order()) {
    case FitOrder::least_cpus:
      return {0, left.cpus, left.mem, last_use, room.lease};
    case FitOrder::most_cpus:
      return {0, -left.cpus, -left.mem, last_use, room.lease};
    case FitOrder::by_score: {
      const LeaseView view{left,      room.total, room.left.gpus,
                           room.gpus, room.node,  room.left.attributes};
      return {rule.score(request, view), 0, 0, last_use, room.lease};
    }
    default:
      return {0, 0, 0, 0, room.lease};
  }
}

std::string Reference::wrong_lease(const Request& request, const std::vector<Room>& rooms,
                                   const Room& chosen) const {
  for (const Room& room : rooms) {
    if (liking(request, room) < liking(request, chosen)) {
      return chosen.node + " was chosen, better is " + room.node;
    }
  }
  return {};
}

std::optional<Instant> Reference::wake_at() const {
  std::optional<Instant> next;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state != JobState::blocked || job.status.eligible_at <= now_) continue;
    if (!job.unmet.empty() || job.held) continue;
    if (!next || job.status.eligible_at < *next) next = job.status.eligible_at;
  }
  return next;
}

EngineCounts Reference::counts() const {
  EngineCounts counts;
  for (const auto& [id, job] : jobs_) {
    if (job.status.state == JobState::blocked) ++counts.blocked;
    if (job.status.state == JobState::queued) ++counts.queued;
    if (job.status.state == JobState::active) ++counts.active;
  }
  return counts;
}

std::vector<NodeUsed> Reference::last_uses() const {
  std::vector<NodeUsed> uses;
  for (const auto& [name, node] : nodes_) {
    if (node.last_use > 0) uses.push_back({name, node.last_use});
  }
  return uses;
}

}  // namespace retz::property
