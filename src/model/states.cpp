#include "model/states.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace retz::model {

namespace {

// Row: from. Column: to. A state follows itself when only other facts of the job changed.
constexpr std::array<std::array<bool, 6>, 6> job_table{{
    // blocked queued active finished failed killed
    {true, true, false, false, true, true},     // blocked: fails when what it waits for cannot come
    {true, true, true, false, false, true},     // queued
    {true, true, true, true, true, true},       // active
    {false, true, false, false, false, false},  // finished: only a re-run
    {false, true, false, false, false, false},  // failed: only a re-run
    {false, true, false, false, false, false},  // killed: only a re-run
}};

constexpr std::array<std::array<bool, 5>, 5> attempt_table{{
    // starting running stopping unreachable ended
    {false, true, true, true, true},      // starting
    {false, false, true, true, true},     // running
    {false, false, true, true, true},     // stopping: itself, when it is confirmed to run
    {false, true, true, false, true},     // unreachable
    {false, false, false, false, false},  // ended
}};

// A launcher that fails keeps failing: without a pause the queue's head would burn attempts.
constexpr Duration launch_backoff = std::chrono::seconds(1);
constexpr Duration launch_backoff_max = std::chrono::minutes(5);

// first, 2 first, 4 first ... up to most.
Duration doubled(Duration first, Duration most, std::uint32_t failures) {
  Duration pause = std::min(first, most);
  for (std::uint32_t i = 1; i < failures && pause < most && pause > Duration{0}; ++i) {
    pause = pause > most / 2 ? most : pause * 2;
  }
  return pause;
}

bool counts(OutcomeKind kind, const RetryPolicy& retry) {
  switch (kind) {
    case OutcomeKind::exited:
    case OutcomeKind::signaled:
      return retry.on_exit;
    case OutcomeKind::timed_out:
      return retry.on_time_out;
    case OutcomeKind::out_of_memory:
      return retry.on_out_of_memory;
    case OutcomeKind::fetch_failed:
      return retry.on_fetch_failure;
    case OutcomeKind::launch_failed:
    case OutcomeKind::node_lost:
      return retry.on_system_failure;
    case OutcomeKind::killed:
    case OutcomeKind::cannot_launch:
    case OutcomeKind::dependency_failed:
      return false;
  }
  return false;
}

Settlement again(Duration backoff) {
  if (backoff > Duration{0}) return {JobState::blocked, backoff};
  return {JobState::queued, Duration{0}};
}

}  // namespace

bool may_follow(JobState from, JobState to) noexcept {
  return job_table.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

bool may_follow(AttemptState from, AttemptState to) noexcept {
  return attempt_table.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

Settlement settle(const Outcome& outcome, const RetryPolicy& retry, const JobStatus& status) {
  if (succeeded(outcome)) return {JobState::finished, Duration{0}};
  if (outcome.kind == OutcomeKind::killed) return {JobState::killed, Duration{0}};
  if (!counts(outcome.kind, retry)) return {JobState::failed, Duration{0}};
  if (outcome.kind == OutcomeKind::node_lost) return again(Duration{0});
  if (outcome.kind == OutcomeKind::launch_failed) {
    return again(doubled(launch_backoff, launch_backoff_max, status.system_failures));
  }
  if (status.tries >= retry.max_attempts) return {JobState::failed, Duration{0}};
  return again(doubled(retry.backoff, retry.backoff_max, status.tries));
}

}  // namespace retz::model
