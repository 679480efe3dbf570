// Runs jobs: starts, limits, stops and reaps them, and says how each ended.
//
// A job passes through running -> (stopping) -> draining; draining means that its main process has
// been reaped and what it left behind is being ended. Only an empty tree has ended.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exec/cgroup.hpp"
#include "exec/child.hpp"
#include "exec/site.hpp"
#include "launch/wire.hpp"

namespace retz::exec {

struct SupervisorOptions {
  std::string boot_id;
  bool allow_root = false;
  rlimit files = {};  // RLIMIT_NOFILE for jobs
};

/// Threads: one. Requires: the process reaps nobody else's children (wait for any is used).
class Supervisor {
 public:
  using Report = std::function<void(const launch::Message&)>;
  Supervisor(SupervisorOptions options, Cgroups cgroups, Report report);

  /// Reports Started, or Ended (launch_failed, cannot_launch, or exited 126 and 127 as a shell
  /// would). `words`: the command as words instead of a line.
  void launch(const launch::LaunchOrder& order, Site site,
              const std::vector<std::string>* words = nullptr);
  /// False: it does not run.
  bool stop(AttemptRef attempt, Duration grace, OutcomeKind cause = OutcomeKind::killed);
  /// Reports Started again. False: it does not run.
  bool confirm(AttemptRef attempt) const;
  /// KILL to all.
  void kill_all();

  /// Takes children that have ended.
  void reap();
  /// Acts on limits and grace periods that have passed by `now`.
  void on_time(std::int64_t now);
  /// When on_time wants to be called; microseconds of the monotonic clock.
  std::optional<std::int64_t> wake_at() const;

  std::size_t running() const { return jobs_.size(); }
  Cgroups& cgroups() { return cgroups_; }

 private:
  enum class Phase : std::uint8_t { running, stopping, killing, draining };
  struct Job {
    AttemptRef attempt;
    Site site;
    std::optional<Group> group;  // where there are cgroups
    std::string sandbox;         // RETZ_SANDBOX: finds its processes where there are no cgroups
    pid_t pid = -1;
    Phase phase = Phase::running;
    std::optional<OutcomeKind> cause;  // why we end it
    int last_signal = 0;               // that we sent
    bool limited = false;              // has a time limit still to come
    Duration grace_period{0};
    std::int64_t deadline = 0;    // of what comes next; 0: nothing
    std::int64_t grace_over = 0;  // when KILL follows TERM
    int status = 0;               // as wait gives it
    rusage used = {};
    std::int64_t mem = 0;  // MiB
  };

  std::optional<Outcome> prepare(const launch::LaunchOrder& order, Job& job, ChildPlan& plan);
  void settle(Job& job, Outcome outcome, Usage usage);
  std::vector<pid_t> members(const Job& job) const;
  void signal_tree(const Job& job, int signal) const;
  void kill_tree(Job& job);
  void set_deadline(Job& job, std::int64_t at);
  void main_ended(Job& job, int status, const rusage& used);
  void drain(Job& job, std::int64_t now);
  void finish(Job& job);

  SupervisorOptions options_;
  Cgroups cgroups_;
  Report report_;
  std::map<AttemptRef, Job> jobs_;
  std::map<pid_t, AttemptRef> by_pid_;
  std::set<std::pair<std::int64_t, AttemptRef>> deadlines_;
};

/// Microseconds of the monotonic clock.
std::int64_t monotonic_now();

}  // namespace retz::exec
