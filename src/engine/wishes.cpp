// Jobs that are no longer wanted, and jobs that are wanted again.
#include "base/assert.hpp"
#include "engine/core.hpp"
#include "model/request.hpp"

namespace retz::engine {

void Core::on(const JobCancelled& event) {
  Job* const found = job(event.job);
  if (found == nullptr) return;
  if (found->state != JobState::active) {
    leave_waiting(*found);
    end_job(*found, JobState::killed, {OutcomeKind::killed, -1, 0, event.reason});
    return;
  }
  if (found->wish == Wish::kill) return;
  past(*found).outcome = Outcome{OutcomeKind::killed, -1, 0, event.reason};
  stop(*found, Wish::kill);
}

void Core::on(const JobRerun& event) {
  Job* const found = job(event.job);
  if (found == nullptr) return rerun_ended(event);
  if (found->state != JobState::active) return rerun_waiting(*found);
  if (!event.kill_running) {
    return refuse(event.job,
                  {Errc::conflict, "the job runs: kill it first, or re-run it with kill_running"});
  }
  rerun_active(*found);
}

void Core::rerun_waiting(Job& job) {
  job.tries = 0;
  if (job.state == JobState::blocked) {
    leave_waiting(job);
    job.eligible_at = now_;
    admit(job);
  }
  changed(job);
}

void Core::rerun_active(Job& job) {
  if (job.wish == Wish::rerun) return;
  stop(job, Wish::rerun);
}

// Tells the attempt to stop; the wish is carried out when it has ended.
void Core::stop(Job& job, Wish wish) {
  Live& live = live_[job.live];
  const bool told = job.wish != Wish::none;
  job.wish = wish;
  if (live.state == AttemptState::starting || live.state == AttemptState::running) {
    set_state(live, AttemptState::stopping);
  }
  changed(job);
  if (told) return;
  step_.decisions.emplace_back(StopAttempt{live.ref, classes_.profile(job.profile).grace_period});
}

void Core::rerun_ended(const JobRerun& event) {
  if (!event.ended) {
    return refuse(event.job, {Errc::not_found, "there is no such job"});
  }
  const KnownJob& known = *event.ended;
  if (known.facts.id != event.job || !is_terminal(known.status.state)) {
    return refuse(event.job, {Errc::invalid_argument,
                              "what is known of the job does not say that this job ended"});
  }
  Result<void> good = model::validate(known.facts);
  if (good) good = model::validate_relations(known.facts);
  if (!good) return refuse(event.job, good.error());
  if (dependencies_.closes_cycle(event.job, known.facts.dependencies)) {
    return refuse(event.job, {Errc::invalid_argument,
                              "what is known of the job makes it wait for itself", "dependencies"});
  }
  JobStatus status = known.status;
  RETZ_ASSERT(status.attempts < 0xFFFFFFFFU);
  status.state = JobState::queued;
  status.arrival = Arrival{++last_arrival_.value};
  status.eligible_at = now_;
  status.finished.reset();
  status.tries = 0;
  status.wish = Wish::none;
  Job& again = add_job(known.facts, status);
  if (!known.facts.dependencies.empty()) count_pending(again.id);
  now_lives(again.id);
  admit(again);
  changed(again);
}

}  // namespace retz::engine
