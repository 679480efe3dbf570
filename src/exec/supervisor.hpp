// Runs jobs: starts, limits, stops and reaps them, and says how each ended.
//
// A job passes through starting -> running -> (stopping) -> draining; starting means that its main
// process is on its way to the command, draining that it has been reaped and what it left behind is
// being ended. Only an empty tree has ended.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exec/cgroup.hpp"
#include "exec/child.hpp"
#include "exec/launcher.hpp"
#include "exec/site.hpp"
#include "launch/wire.hpp"

namespace retz::exec {

struct SupervisorOptions {
  std::string boot_id;
  bool allow_root = false;
  rlimit files = {};                                // RLIMIT_NOFILE for jobs
  Duration start_limit = std::chrono::seconds(60);  // then a start is given up
};

/// Threads: one. Requires: the process reaps nobody else's children (wait for any is used).
class Supervisor {
 public:
  using Report = std::function<void(const launch::Message&)>;
  /// Puts an exit record into the directory of its attempt.
  using Save = std::function<void(int directory, const launch::ExitRecord&)>;
  Supervisor(SupervisorOptions options, Cgroups cgroups, Report report, Save save);

  /// Reports Started later, or Ended (launch_failed, cannot_launch, or exited 126 and 127 as a
  /// shell would). `words`: the command as words instead of a line.
  void launch(const launch::LaunchOrder& order, Site site,
              const std::vector<std::string>* words = nullptr);
  /// False: it does not run.
  bool stop(AttemptRef attempt, Duration grace, OutcomeKind cause = OutcomeKind::killed);
  /// Reports Started again, unless that is still to come. False: it does not run.
  bool confirm(AttemptRef attempt) const;
  /// KILL to all.
  void kill_all();

  /// Takes starts that are over. `news` is readable when there are some.
  void take_starts();
  int news() const { return launcher_.news(); }
  /// Takes children that have ended.
  void reap();
  /// Acts on limits and grace periods that have passed by `now`.
  void on_time(std::int64_t now);
  /// When on_time wants to be called; microseconds of the monotonic clock.
  std::optional<std::int64_t> wake_at() const;

  std::size_t running() const { return jobs_.size(); }
  Cgroups& cgroups() { return cgroups_; }

 private:
  enum class Phase : std::uint8_t { starting, running, stopping, killing, draining };
  struct End {
    int status = 0;  // as wait gives it
    rusage used = {};
  };
  struct Job {
    AttemptRef attempt;
    Site site;
    std::optional<Group> group;    // where there are cgroups
    std::string sandbox;           // RETZ_SANDBOX: finds its processes where there are no cgroups
    std::unique_ptr<Start> start;  // while it is under way
    bool late = false;             // was given up because its start took too long
    std::optional<Duration> stop;  // asked for before it ran, with this grace period
    std::optional<End> end;        // of the main process
    pid_t pid = -1;
    Phase phase = Phase::starting;
    std::optional<OutcomeKind> cause;  // why we end it
    int last_signal = 0;               // that we sent
    Duration time_limit{0};            // 0: none
    Duration grace_period{0};
    std::int64_t deadline = 0;    // of what comes next; 0: nothing
    std::int64_t grace_over = 0;  // when KILL follows TERM
    std::int64_t mem = 0;         // MiB
  };

  std::optional<Outcome> prepare(const launch::LaunchOrder& order, Job& job, ChildPlan& plan);
  void settle(Job& job, Outcome outcome, Usage usage);
  void started(Job& job);
  void not_started(Job& job, Outcome outcome);
  std::optional<std::vector<pid_t>> members(const Job& job) const;  // nothing: unknown
  void signal_tree(const Job& job, int signal) const;
  void kill_tree(Job& job);
  void set_deadline(Job& job, std::int64_t at);
  Job* job_of(pid_t pid);
  void main_ended(Job& job);
  void drain(Job& job, std::int64_t now);
  void finish(Job& job);

  SupervisorOptions options_;
  Cgroups cgroups_;
  Report report_;
  Save save_;
  std::map<AttemptRef, Job> jobs_;
  std::map<pid_t, AttemptRef> by_pid_;  // of those that were started
  std::set<AttemptRef> starting_;
  std::set<std::pair<std::int64_t, AttemptRef>> deadlines_;
  Launcher launcher_;  // goes first: it writes to the starts of jobs
};

}  // namespace retz::exec
