// Jobs in the engine's table: coming, waiting, leaving, and how they stand.
#include <algorithm>

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

Job& Core::add_job(const JobFacts& facts, const JobStatus& status, const Alike& alike) {
  const std::uint32_t slot = jobs_.add();
  Job& job = jobs_[slot];
  job.id = facts.id;
  job.arrival = status.arrival;
  job.submitted = status.submitted;
  job.eligible_at = status.eligible_at;
  job.class_id = alike.class_id != model::unknown ? classes_.refer(alike.class_id)
                                                  : classes_.acquire(facts, singles_);
  job.profile = alike.profile != model::unknown ? classes_.refer_profile(alike.profile)
                                                : classes_.acquire_profile(facts);
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
  if (facts.array) {
    quotas_.add_member(*facts.array);
    if (facts.array->index != model::usual_index(*facts.array, facts.id)) {
      odd_indexes_.emplace(facts.id, facts.array->index);
    }
  }
  if (!facts.dependencies.empty()) {
    dependencies_.add(facts.id, facts.dependencies, facts.estimate);
  }
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

void Core::end_job(Job& job, JobState state, const Outcome& outcome) {
  past(job).outcome = outcome;
  enter(job, state);
  job.wish = Wish::none;
  JobStatus last = status(job);
  last.finished = now_;
  step_.changes.emplace_back(JobChanged{job.id, std::move(last)});
  if (const auto& array = classes_.profile(job.profile).array) {
    quotas_.remove_member(*array);
    odd_indexes_.erase(job.id);
  }
  no_longer_lives(job.id, state);
  classes_.release(job.class_id);
  classes_.release_profile(job.profile);
  const std::uint32_t slot = find(job.id);
  by_id_.erase(job.id.value, slot);
  jobs_.remove(slot);
}

JobFacts Core::facts(const Job& job) const {
  JobFacts facts = classes_.facts(job.id, job.class_id, job.profile);
  if (const auto odd = odd_indexes_.find(job.id); odd != odd_indexes_.end()) {
    facts.array->index = odd->second;
  }
  const auto on = dependencies_.of(job.id);
  facts.dependencies.assign(on.begin(), on.end());
  return facts;
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

std::uint32_t Core::add_live(const Live& live, Duration estimate) {
  const std::uint32_t slot = live_.add();
  live_[slot] = live;
  expected_ends_.add(slot, live.started, estimate);
  return slot;
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
