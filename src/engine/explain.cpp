// Every reason why a job still waits, from the same pool and queue that decide.
#include <string>

#include "engine/core.hpp"
#include "engine/figures.hpp"

namespace retz::engine {

namespace {

Reason fits_no_node(const pool::Shortage& s) {
  Reason r;
  r.code = Reason::Code::fits_no_node;
  r.resource = s.resource;
  r.asked = s.asked;
  r.most = s.most;
  r.node = s.node;
  r.text = "fits no known node, largest is " + figure(s.resource, s.most) + " " + s.resource +
           (s.node.empty() ? "" : " on " + s.node) + ", asked " + figure(s.resource, s.asked);
  return r;
}

Reason not_enough_free(const pool::Shortage& s) {
  Reason r;
  r.code = Reason::Code::not_enough_free;
  r.resource = s.resource;
  r.asked = s.asked;
  r.most = s.most;
  r.node = s.node;
  r.text = "not enough " + s.resource + " free: nearest is " + s.node + " with " +
           figure(s.resource, s.most) + ", asked " + figure(s.resource, s.asked);
  return r;
}

}  // namespace

void Core::explain_fit(const Job& job, std::vector<Reason>& reasons) const {
  const Request& request = classes_[job.class_id].request;
  if (!pool_.has_nodes()) {
    Reason r;
    r.text = "no node is there";
    reasons.push_back(std::move(r));
    return;
  }
  const Fit fit = pool_.fit(request);
  if (fit == Fit::now) return;
  if (!pool_.fits_when_empty(request)) {
    for (const pool::Shortage& s : pool_.largest(request)) reasons.push_back(fits_no_node(s));
    return;
  }
  // Where only draining nodes could ever take it, one of them is the reason, full or not.
  if (const auto node = pool_.draining_with_room(request, fit == Fit::never)) {
    Reason r;
    r.code = Reason::Code::node_draining;
    r.node = *node;
    r.text = "node " + *node + " would have room, but is draining";
    reasons.push_back(std::move(r));
  }
  if (fit == Fit::never) return;
  for (const pool::Shortage& s : pool_.nearest(request)) reasons.push_back(not_enough_free(s));
  if (reasons.empty()) {
    Reason r;
    r.text = "no lease is there that it fits";
    reasons.push_back(std::move(r));
  }
}

void Core::explain_turn(const Job& job, std::vector<Reason>& reasons) const {
  const auto running = options_.limits.running;
  if (running && counts_.active >= *running) {
    Reason r;
    r.code = Reason::Code::running_limit;
    r.most = *running;
    r.text = std::to_string(counts_.active) + " jobs run, which is the limit";
    reasons.push_back(std::move(r));
  }
  if (options_.policy.planner->overtakes() || queue_.is_aside(job.ticket)) return;
  const queue::Queue::Waiting* const head = queue_.head();
  const bool blocked = head != nullptr && head->job != job.id &&
                       pool_.fit(classes_[head->class_id].request) != Fit::now;
  if (!blocked) return;
  Reason r;
  r.code = Reason::Code::behind;
  r.job = head->job;
  r.text = "job " + std::to_string(head->job.value) +
           " comes first and does not fit now, and nobody passes it";
  reasons.push_back(std::move(r));
}

Result<Explanation> Core::explain(JobId id) const {
  const std::uint32_t slot = find(id);
  if (slot == none) return fail(Errc::not_found, "there is no such live job");
  const Job& job = jobs_[slot];
  Explanation out;
  out.state = job.state;
  if (job.state == JobState::active) return out;
  if (job.state == JobState::blocked) {
    Reason r;
    r.code = Reason::Code::backing_off;
    r.until = job.eligible_at;
    r.text = "waits before it is tried again";
    out.reasons.push_back(std::move(r));
  } else {
    out.position = queue_.position(job.ticket);
    explain_turn(job, out.reasons);
  }
  explain_fit(job, out.reasons);
  return out;
}

}  // namespace retz::engine
