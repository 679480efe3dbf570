// Which job waits for which, and how far the work goes on behind each. Jobs without dependencies
// are not in here and cost nothing.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz::model {

/// Whether what a job says of other jobs makes sense by itself: its dependencies and its place in
/// an array. Error: invalid_argument, naming the field.
Result<void> validate_relations(const JobFacts& facts);

/// Whether a job that ended so is what the other waited for.
constexpr bool meets(JobState ended, Dependency::When when) {
  if (when == Dependency::When::end) return true;
  return (ended == JobState::finished) == (when == Dependency::When::success);
}

/// "job 17 failed, which job 18 waits to succeed". Requires: it does not meet.
std::string unmet(JobId ended, JobState state, JobId waiting, Dependency::When when);

/// Jobs that are asked for at once may depend on each other in any sequence.
struct SubmissionOrder {
  std::vector<std::uint32_t> order;     // all of them; each after those that it depends on
  std::vector<std::string> cycle_with;  // of each, "job 3 -> 5 -> 3"; empty: on no cycle known
};
/// Requires: no id twice. A job that only leads into a cycle is not marked: it depends on one that
/// is.
SubmissionOrder order_submissions(std::span<const JobFacts* const> jobs);

class Dependencies {
 public:
  /// A job with its dependencies. Requires: they are not empty, sorted, and close no cycle; the job
  /// is not in here.
  void add(JobId job, const std::vector<Dependency>& on, Duration estimate);
  /// No effect when the job has none.
  void remove(JobId job);
  bool empty() const { return jobs_.empty(); }
  std::size_t size() const { return jobs_.size(); }

  /// Sorted; empty for a job that has none.
  std::span<const Dependency> of(JobId job) const;
  /// How many of them are carried now: kept by who knows, with these two.
  std::uint32_t pending(JobId job) const;
  void add_pending(JobId job, std::int32_t change);

  /// A job that names `job`, and how; the first with an id after `after`. Id 0: none.
  struct Dependent {
    JobId job;
    Dependency::When when = Dependency::When::success;
  };
  Dependent dependent_after(JobId job, JobId after) const;
  bool has_dependents(JobId job) const { return dependent_after(job, {}).job.value != 0; }
  /// Whether giving `job` these dependencies would close a cycle with those in here.
  bool closes_cycle(JobId job, std::span<const Dependency> on) const;

  /// Whether paths are wanted at all; else nothing is kept for them.
  void keep_paths(bool keep);
  /// Its estimate and the longest chain of estimates of what depends on it (the critical path
  /// method, Kelley and Walker, 1959). Requires: paths are kept, and refreshed.
  Duration critical_path(JobId job, Duration estimate) const;
  /// After add() and remove(): the jobs whose path became another one, ascending.
  std::vector<JobId> refresh_paths();
  bool stale() const { return !stale_.empty(); }

  void check_invariants() const;

 private:
  struct Record {
    std::vector<Dependency> on;
    Duration estimate{0};
    std::uint32_t pending = 0;
  };
  Duration longest_tail(JobId job) const;

  bool paths_ = false;
  std::unordered_map<JobId, Record> jobs_;     // looked up, never walked to decide
  std::set<std::pair<JobId, JobId>> edges_;    // (prerequisite, dependent)
  std::unordered_map<JobId, Duration> tails_;  // the longest path of a dependent; absent: none
  std::set<JobId> stale_;                      // whose tail is to be looked at again
};

}  // namespace retz::model
