// Jobs in the engine's table: coming, waiting, leaving, and how they stand.
#include "base/assert.hpp"
#include "engine/core.hpp"
#include "model/states.hpp"

namespace retz::engine {

std::uint32_t Core::find(JobId id) const {
  return by_id_.find(id.value, [this](std::uint32_t slot) { return jobs_[slot].id.value; });
}

Job* Core::job(JobId id) {
  const std::uint32_t slot = find(id);
  return slot == model::SlotIndex::none ? nullptr : &jobs_[slot];
}

Past& Core::past(Job& job) {
  if (!job.past) job.past = std::make_unique<Past>();
  return *job.past;
}

Job& Core::add_job(const JobFacts& facts, const JobStatus& status) {
  const std::uint32_t slot = jobs_.add();
  Job& job = jobs_[slot];
  job.id = facts.id;
  job.arrival = status.arrival;
  job.submitted = status.submitted;
  job.eligible_at = status.eligible_at;
  job.class_id =
      classes_.acquire(facts, options_.policy.ordering->within_class() == WithinClass::by_rank);
  job.profile = classes_.acquire_profile(facts);
  job.attempts = status.attempts;
  job.tries = status.tries;
  job.system_failures = status.system_failures;
  job.state = status.state;
  job.wish = status.wish;
  if (status.started || status.outcome) {
    past(job).started = status.started;
    past(job).outcome = status.outcome;
  }
  by_id_.insert(facts.id.value, slot);
  ++count(job.state);
  return job;
}

std::uint64_t& Core::count(JobState state) {
  RETZ_ASSERT(!is_terminal(state));
  if (state == JobState::blocked) return counts_.blocked;
  return state == JobState::queued ? counts_.queued : counts_.active;
}

void Core::enter(Job& job, JobState state) {
  RETZ_ASSERT(model::may_follow(job.state, state));
  --count(job.state);
  if (!is_terminal(state)) ++count(state);
  job.state = state;
}

// Into the queue, or to the timers while it backs off, as its state says.
void Core::enqueue(Job& job) {
  if (job.state == JobState::blocked) {
    timers_.add(job.id, job.eligible_at);
    return;
  }
  const bool aside = !queue_.waits(classes_.shape(job.class_id)) &&
                     !pool_.fits_some_node(classes_[job.class_id].request);
  job.ticket =
      queue_.add({job.id, job.arrival, job.submitted, job.eligible_at, job.class_id}, aside, now_);
}

void Core::leave_waiting(Job& job) {
  if (job.state == JobState::blocked) timers_.remove(job.id, job.eligible_at);
  if (job.ticket != none) queue_.remove(job.ticket, now_);
  job.ticket = none;
}

void Core::end_job(Job& job, JobState state, const Outcome& outcome) {
  past(job).outcome = outcome;
  enter(job, state);
  job.wish = Wish::none;
  JobStatus last = status(job);
  last.finished = now_;
  step_.changes.emplace_back(JobChanged{job.id, std::move(last)});
  classes_.release(job.class_id);
  classes_.release_profile(job.profile);
  const std::uint32_t slot = find(job.id);
  by_id_.erase(job.id.value, slot);
  jobs_.remove(slot);
}

JobStatus Core::status(const Job& job) const {
  JobStatus s;
  s.state = job.state;
  s.arrival = job.arrival;
  s.submitted = job.submitted;
  s.eligible_at = job.eligible_at;
  s.attempts = job.attempts;
  s.tries = job.tries;
  s.system_failures = job.system_failures;
  s.wish = job.wish;
  if (job.past) {
    s.started = job.past->started;
    s.outcome = job.past->outcome;
  }
  return s;
}

AttemptRecord Core::record(const Live& live) const {
  AttemptRecord r;
  r.ref = live.ref;
  r.state = live.state;
  r.placement = pool_.placement(live.booking);
  r.started = live.started;
  r.running_since = live.running_since;
  r.confinement = live.confinement;
  return r;
}

void Core::changed(const Job& job) {
  step_.changes.emplace_back(JobChanged{job.id, status(job)});
}

void Core::changed(const Live& live) {
  step_.changes.emplace_back(AttemptChanged{record(live)});
}

void Core::refuse(JobId id, Error error) {
  step_.decisions.emplace_back(Refuse{id, std::move(error)});
}

}  // namespace retz::engine
