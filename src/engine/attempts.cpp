// What is reported of attempts, and what becomes of their jobs.
#include "base/assert.hpp"
#include "engine/core.hpp"
#include "model/states.hpp"

namespace retz::engine {

namespace {

// The attempt is the job's live one: else the report is late, and no longer counts.
bool is_live(const Job* job, const model::Slots<Live>& live, AttemptRef ref) {
  return job != nullptr && job->live != none && live[job->live].ref == ref;
}

}  // namespace

void Core::set_state(Live& live, AttemptState state) {
  RETZ_ASSERT(model::may_follow(live.state, state));
  live.state = state;
  changed(live);
}

void Core::on(const AttemptRunning& event) {
  Job* const found = job(event.attempt.job);
  if (!is_live(found, live_, event.attempt)) return stop_late(event.attempt);
  Live& live = live_[found->live];
  if (live.state == AttemptState::running) return;
  const bool news = live.state != AttemptState::stopping || !live.running_since;
  if (!live.running_since) live.running_since = now_;
  if (!event.confinement.empty()) live.confinement = event.confinement;
  if (found->wish == Wish::none) return set_state(live, AttemptState::running);
  // The stop may have been lost with a connection or a restart: it is idempotent, so once more.
  if (news) set_state(live, AttemptState::stopping);
  step_.decisions.emplace_back(
      StopAttempt{live.ref, classes_.profile(found->profile).grace_period});
}

// It was given up (its node was lost) or has its result, and runs all the same: another attempt may
// have its place. A job that is no longer carried has told its grace period to nobody: none.
void Core::stop_late(AttemptRef attempt) {
  const Job* const of = job(attempt.job);
  const Duration grace = of == nullptr ? Duration{0} : classes_.profile(of->profile).grace_period;
  step_.decisions.emplace_back(StopAttempt{attempt, grace});
}

void Core::on(const AttemptUnreachable& event) {
  Job* const found = job(event.attempt.job);
  if (!is_live(found, live_, event.attempt)) return;
  Live& live = live_[found->live];
  if (live.state != AttemptState::unreachable) set_state(live, AttemptState::unreachable);
}

void Core::on(const AttemptEnded& event) {
  Job* const found = job(event.attempt.job);
  if (is_live(found, live_, event.attempt)) end_attempt(*found, event.outcome, event.usage);
}

void Core::end_attempt(Job& job, const Outcome& outcome, const Usage& usage) {
  Live& live = live_[job.live];
  RETZ_ASSERT(model::may_follow(live.state, AttemptState::ended));
  live.state = AttemptState::ended;
  AttemptRecord last = record(live);
  last.ended = now_;
  last.outcome = outcome;
  last.usage = usage;
  step_.changes.emplace_back(AttemptChanged{std::move(last)});
  pool_.release(live.booking);
  ended(classes_[job.class_id]);
  expected_ends_.remove(job.live);
  live_.remove(job.live);
  job.live = none;
  settle(job, outcome);
}

void Core::settle(Job& job, const Outcome& outcome) {
  ++(is_system_failure(outcome.kind) ? job.system_failures : job.tries);
  if (job.wish == Wish::kill) {
    Outcome told = outcome;
    const auto& why = past(job).outcome;
    if (told.kind == OutcomeKind::killed && told.reason.empty() && why) told.reason = why->reason;
    return end_job(job, JobState::killed, told);
  }
  model::Settlement next;
  if (job.wish == Wish::rerun) {
    next.state = JobState::queued;
    job.arrival = Arrival{++last_arrival_.value};
    job.tries = 0;
    job.wish = Wish::none;
  } else {
    next = model::settle(outcome, classes_.profile(job.profile).retry, status(job));
  }
  if (is_terminal(next.state)) return end_job(job, next.state, outcome);
  past(job).outcome = outcome;
  job.eligible_at = now_ + next.backoff;
  admit(job);
  changed(job);
}

}  // namespace retz::engine
