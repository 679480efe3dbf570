// Where a job waits: in the queue, or blocked by time, by other jobs, or by its user's limit of
// queued jobs. All follows from its status and from who else is carried, so that a restart finds it
// in the same place.
#include "base/assert.hpp"
#include "engine/core.hpp"

namespace retz::engine {

// A job that is to wait goes where it belongs, and its state says so.
void Core::admit(Job& job) {
  job.awaits = 0;
  if (job.eligible_at > now_) job.awaits |= awaits_time;
  if (!dependencies_.empty() && dependencies_.pending(job.id) > 0) job.awaits |= awaits_jobs;
  if (job.awaits == 0 && (quotas_.has_line(user(job)) || !quotas_.has_room(user(job)))) {
    job.awaits = awaits_place;
  }
  const JobState state = job.awaits == 0 ? JobState::queued : JobState::blocked;
  if (job.state != state) enter(job, state);
  state == JobState::queued ? enqueue(job) : hold(job);
}

void Core::enqueue(Job& job) {
  const bool aside = !queue_.waits(classes_.shape(job.class_id)) &&
                     !pool_.fits_some_node(classes_[job.class_id].request);
  job.ticket =
      queue_.add({job.id, job.arrival, job.submitted, job.eligible_at, job.class_id}, aside, now_);
  quotas_.queued(user(job));
}

// Requires: blocked, and `awaits` says by what.
void Core::hold(Job& job) {
  RETZ_ASSERT(job.state == JobState::blocked && job.awaits != 0);
  if ((job.awaits & awaits_time) != 0) timers_.add(job.id, job.eligible_at);
  if (job.awaits == awaits_place) quotas_.line_up(user(job), {job.arrival, job.id});
}

void Core::leave_waiting(Job& job) {
  if ((job.awaits & awaits_time) != 0) timers_.remove(job.id, job.eligible_at);
  if ((job.awaits & awaits_place) != 0) quotas_.leave_line(user(job), {job.arrival, job.id});
  job.awaits = 0;
  if (job.ticket == none) return;
  queue_.remove(job.ticket, now_);
  job.ticket = none;
  quotas_.unqueued(user(job));
}

// Nothing but perhaps its user's limit blocks it any longer: a line moves on at the step's end.
void Core::release(Job& job) {
  RETZ_ASSERT(job.state == JobState::blocked && job.awaits == 0);
  admit(job);
  if (job.state == JobState::queued) changed(job);
}

// Jobs whose back-off is over.
void Core::wake() {
  while (const auto due = timers_.pop(now_)) {
    Job& woken = *job(*due);
    woken.awaits = static_cast<std::uint8_t>(woken.awaits & ~awaits_time);
    if (woken.awaits == 0) release(woken);
  }
}

// Jobs for which their user's limit has room again. Answers whether there were any.
bool Core::promote() {
  bool any = false;
  while (const auto next = quotas_.next_in_line()) {
    Job& promoted = *job(*next);
    leave_waiting(promoted);
    promoted.eligible_at = now_;
    enter(promoted, JobState::queued);
    enqueue(promoted);
    changed(promoted);
    any = true;
  }
  return any;
}

}  // namespace retz::engine
