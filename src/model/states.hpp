// The state machines of jobs and attempts, as tables: which state may follow which.
#pragma once

#include <optional>

#include "retz/job.hpp"

namespace retz::model {

bool may_follow(JobState from, JobState to) noexcept;
bool may_follow(AttemptState from, AttemptState to) noexcept;

/// What becomes of a job when an attempt of it ended and nobody wished anything else.
struct Settlement {
  JobState state = JobState::failed;
  Duration backoff{0};  // of `blocked`: this long
};

/// `status` counts the ended attempt already (tries or system_failures).
Settlement settle(const Outcome& outcome, const RetryPolicy& retry, const JobStatus& status);

}  // namespace retz::model
