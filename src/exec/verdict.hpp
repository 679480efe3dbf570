// How a job ended, from what was seen of it.
#pragma once

#include <optional>

#include "exec/child.hpp"
#include "retz/job.hpp"

namespace retz::exec {

struct Evidence {
  int status = 0;                         // as wait gives it
  std::optional<OutcomeKind> cause = {};  // why we ended it: killed, timed_out
  int last_signal = 0;                    // that we sent
  std::int64_t oom_kills = 0;             // in its cgroup
  std::int64_t mem = 0;                   // MiB asked for
};

/// The kernel's counter is the witness of a memory overrun; exit codes lie both ways: a shell
/// survives its killed child, and a killed background child leaves an exit of 0.
Outcome verdict(const Evidence& evidence);

/// A command that could not be started. ENOENT and EACCES are the user's, as in a shell.
Outcome not_started(Step step, int error, const std::string& program);

}  // namespace retz::exec
