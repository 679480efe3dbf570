// The way from a supervisor to the first instruction of a job.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "exec/command.hpp"
#include "retz/ids.hpp"

namespace retz::exec {

/// What the child does before it becomes the command; all of it prepared by the parent, because a
/// vforked child may only make system calls.
struct ChildPlan {
  Invocation invocation;
  std::vector<std::string> environment;
  std::array<int, 2> attach = {-1, -1};  // "0" is written here: the doors of its cgroups
  int directory = -1;                    // becomes the working directory
  std::array<int, 3> stdio = {-1, -1, -1};
  bool switch_user = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  rlim_t data_max = RLIM_INFINITY;  // bytes; where there is no memory cgroup
  rlimit files = {};                // RLIMIT_NOFILE as it was before the supervisor raised its own
};

enum class Step : int { attach, session, stdio, directory, limits, user, exec };

/// One start, from the plan to the command or the failure.
struct Start {
  AttemptRef attempt = {};
  ChildPlan plan = {};
  /// Set as soon as there is a child, before it can be held up. Threads: any.
  std::atomic<pid_t> pid = 0;
  int error = 0;  // errno, of `step`; 0: it became the command, or was ended on its way
  Step step = Step::exec;
};

/// vfork + exec: returns when the command's own program is loaded, or has failed to be; for as long
/// the calling thread stands still. A child that failed is still to be waited for.
/// Requires: all signals are blocked in the calling thread.
void spawn(Start& start);

const char* to_string(Step step) noexcept;

}  // namespace retz::exec
