// Jobs and attempts: what a user writes, what the engine needs of it, and what is known afterwards.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retz/dependency.hpp"
#include "retz/ids.hpp"
#include "retz/resources.hpp"
#include "retz/time.hpp"

namespace retz {

/// A stopped job may keep its node that long after TERM, whatever waits for the place.
inline constexpr Duration grace_period_max = std::chrono::hours(1);

enum class JobState : std::uint8_t { blocked, queued, active, finished, failed, killed };
enum class AttemptState : std::uint8_t { starting, running, stopping, unreachable, ended };

/// How an attempt ended.
enum class OutcomeKind : std::uint8_t {
  exited,             // by itself; exit_code says how
  signaled,           // by a signal that was not ours
  timed_out,          // its time limit passed
  out_of_memory,      // its memory limit was hit
  killed,             // a user or operator asked for it
  fetch_failed,       // a file of the application could not be fetched
  cannot_launch,      // it can never be launched here as written (no such unix user, no container
                      // runtime)
  launch_failed,      // system failure: the launcher could not do its work
  node_lost,          // system failure: the machine, or what supervised the attempt, went away
  dependency_failed,  // never started: what it waited for can no longer happen
};

constexpr bool is_system_failure(OutcomeKind kind) {
  return kind == OutcomeKind::launch_failed || kind == OutcomeKind::node_lost;
}

struct Outcome {
  OutcomeKind kind = OutcomeKind::exited;
  std::int32_t exit_code = 0;  // of `exited`; -1 otherwise
  std::int32_t signal = 0;     // of `signaled`, `timed_out`, `killed`; 0: none
  std::string reason = {};     // one sentence for people; empty for a clean exit
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr bool succeeded(const Outcome& o) {
  return o.kind == OutcomeKind::exited && o.exit_code == 0;
}

/// What an attempt used, measured by its launcher.
struct Usage {
  Duration cpu_time{0};         // user + system, of all its processes
  std::int64_t max_memory = 0;  // MiB, rounded up; 0: not measured
  friend bool operator==(const Usage&, const Usage&) = default;
};

/// When a failed attempt is followed by another. System failures never use up the user's tries.
struct RetryPolicy {
  std::uint32_t max_attempts = 1;  // the user's tries, the first included; 1..1000
  bool on_system_failure = true;   // re-run what a failed system took down
  bool on_exit = false;            // non-zero exit code, or a signal
  bool on_time_out = false;
  bool on_out_of_memory = false;
  bool on_fetch_failure = false;
  Duration backoff{0};  // before the second try; doubles with each further one
  Duration backoff_max = std::chrono::minutes(10);
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// How a job that is no longer live ended.
struct EndedJob {
  JobId job = {};
  JobState state = JobState::finished;
  friend auto operator<=>(const EndedJob&, const EndedJob&) = default;
};

/// Where an estimate stems from.
enum class EstimateSource : std::uint8_t {
  given,       // by the user
  time_limit,  // time limit and grace period
  learnt,      // from ended jobs of the same application and user
  fallback,    // configured
};

/// What a user writes. Copied freely between threads; never changed after submission.
struct JobSpec {
  std::string application = {};
  std::string user = {};     // owner: key id of the submitting user
  std::string command = {};  // run directly where it has no shell syntax, else by /bin/sh -c
  std::string name = {};
  std::vector<std::string> tags = {};  // sorted, no duplicates
  std::map<std::string, std::string> environment = {};
  Request request = {};
  std::int32_t priority = 0;                  // -20..19, smaller first
  std::optional<Duration> estimate = {};      // how long it is expected to run
  std::optional<Duration> time_limit = {};    // it is stopped after this long
  std::optional<Duration> grace_period = {};  // between TERM and KILL; else the application's
  RetryPolicy retry = {};
  std::vector<Dependency> dependencies = {};     // sorted, no job twice
  std::vector<Dependency> whole_arrays = {};     // each an array's first job, standing for all of
                                                 // its jobs; once submitted: none
  std::vector<SiblingDependency> siblings = {};  // of a submission; once it has ids: none
  std::optional<ArrayPlace> array = {};
};

/// What the engine needs of a job.
struct JobFacts {
  JobId id = {};
  std::string user = {};
  Request request = {};
  std::int32_t priority = 0;
  Duration estimate{0};  // as settled by the host: given, else limit + grace, else learnt, else a
                         // default; > 0
  EstimateSource estimate_source = EstimateSource::given;  // for explain
  std::optional<Duration> time_limit = {};
  Duration grace_period{0};  // travels with each StopAttempt
  RetryPolicy retry = {};
  std::vector<Dependency> dependencies = {};  // sorted, no job twice
  std::optional<ArrayPlace> array = {};
};

/// The longest that it may occupy a node: its time limit and grace period; without a limit, its
/// estimate.
constexpr Duration longest_stay(const JobFacts& facts) {
  return facts.time_limit ? *facts.time_limit + facts.grace_period : facts.estimate;
}

/// What a user asked of an active job; carried out when its attempt has ended.
enum class Wish : std::uint8_t { none, kill, rerun };

/// Where a job stands. Written by the engine, kept by the store.
struct JobStatus {
  JobState state = JobState::queued;
  Arrival arrival = {};  // its place; kept over system failures and retries
  Instant submitted{};
  Instant eligible_at{};                 // not started before (back-off)
  std::optional<Instant> started = {};   // of the last attempt
  std::optional<Instant> finished = {};  // when it reached a terminal state
  std::uint32_t attempts = 0;            // launched so far; number of the last
  std::uint32_t tries = 0;               // of them, ended in a way that counts against max_attempts
  std::uint32_t system_failures = 0;     // of them, lost to the system
  Wish wish = Wish::none;
  std::optional<Outcome> outcome = {};  // of the last ended attempt, or why it was killed
  friend bool operator==(const JobStatus&, const JobStatus&) = default;
};

/// A job as it is carried over a restart, or brought back after it ended.
struct KnownJob {
  JobFacts facts = {};
  JobStatus status = {};
};

/// One launch, for the record.
struct AttemptRecord {
  AttemptRef ref = {};
  AttemptState state = AttemptState::starting;
  Placement placement = {};
  Instant started{};                          // the decision
  std::optional<Instant> running_since = {};  // its first instruction
  std::optional<Instant> ended = {};
  std::optional<Outcome> outcome = {};
  Usage usage = {};
  std::string confinement = {};  // "cgroup-v1 cpu,memory" | "rlimits: <why>" ...; empty until known
  friend bool operator==(const AttemptRecord&, const AttemptRecord&) = default;
};

std::string_view to_string(EstimateSource source) noexcept;
std::string_view to_string(Wish wish) noexcept;
std::string_view to_string(JobState state) noexcept;
std::string_view to_string(AttemptState state) noexcept;
std::string_view to_string(OutcomeKind kind) noexcept;
constexpr bool is_terminal(JobState s) {
  return s == JobState::finished || s == JobState::failed || s == JobState::killed;
}

}  // namespace retz
