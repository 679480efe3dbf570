// The state machines and what follows an ended attempt.
#include <doctest/doctest.h>

#include "model/states.hpp"

namespace retz::model {
namespace {

TEST_CASE("an ended job may only be queued again") {
  for (const JobState ended : {JobState::finished, JobState::failed, JobState::killed}) {
    for (int to = 0; to < 6; ++to) {
      const auto state = static_cast<JobState>(to);
      CHECK(may_follow(ended, state) == (state == JobState::queued));
    }
  }
  CHECK_FALSE(may_follow(JobState::blocked, JobState::active));
  CHECK_FALSE(may_follow(JobState::queued, JobState::finished));
}

TEST_CASE("nothing follows an ended attempt, and a stopping one never runs freely again") {
  for (int to = 0; to < 5; ++to) {
    CHECK_FALSE(may_follow(AttemptState::ended, static_cast<AttemptState>(to)));
  }
  CHECK_FALSE(may_follow(AttemptState::stopping, AttemptState::running));
  CHECK(may_follow(AttemptState::unreachable, AttemptState::running));
}

TEST_CASE("every state and outcome has a name of its own") {
  CHECK(to_string(JobState::blocked) == "blocked");
  CHECK(to_string(AttemptState::unreachable) == "unreachable");
  CHECK(to_string(OutcomeKind::out_of_memory) == "out_of_memory");
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < i; ++j) {
      CHECK(to_string(static_cast<OutcomeKind>(i)) != to_string(static_cast<OutcomeKind>(j)));
    }
  }
}

TEST_CASE("tries end where the policy says, system failures never do") {
  RetryPolicy retry;
  retry.max_attempts = 3;
  retry.on_exit = true;
  JobStatus status;
  status.tries = 2;
  const Outcome bad{OutcomeKind::exited, 1, 0, {}};
  CHECK(settle(bad, retry, status).state == JobState::queued);
  status.tries = 3;
  CHECK(settle(bad, retry, status).state == JobState::failed);
  CHECK(settle({OutcomeKind::exited, 0, 0, {}}, retry, status).state == JobState::finished);
  status.system_failures = 1000;
  CHECK(settle({OutcomeKind::node_lost, -1, 0, {}}, retry, status).state == JobState::queued);
  const Settlement launch = settle({OutcomeKind::launch_failed, -1, 0, {}}, retry, status);
  CHECK(launch.state == JobState::blocked);
  CHECK(launch.backoff == std::chrono::minutes(5));
}

TEST_CASE("back-off never passes its most, however many tries there were") {
  RetryPolicy retry;
  retry.max_attempts = 1000;
  retry.on_time_out = true;
  retry.backoff = std::chrono::seconds(7);
  retry.backoff_max = std::chrono::seconds(20);
  JobStatus status;
  const Outcome late{OutcomeKind::timed_out, -1, 9, {}};
  const std::int64_t expected[] = {7, 14, 20, 20};
  for (const std::int64_t seconds : expected) {
    ++status.tries;
    CHECK(settle(late, retry, status).backoff == std::chrono::seconds(seconds));
  }
  status.tries = 999;
  CHECK(settle(late, retry, status).backoff == std::chrono::seconds(20));
}

}  // namespace
}  // namespace retz::model
