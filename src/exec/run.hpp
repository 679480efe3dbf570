// `retz-exec run`: the same confinement, limits and tree kill for one command in the foreground.
#pragma once

#include <string>
#include <vector>

#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::exec {

struct RunOptions {
  std::vector<std::string> words;  // the command
  std::int64_t cpus = 0;           // thousandths; 0: no limit
  std::int64_t mem = 0;            // MiB; 0: no limit
  Duration time_limit{0};          // 0: none
  Duration grace_period = std::chrono::seconds(10);
  std::string user;       // unix user; empty: the caller's
  std::string directory;  // working directory; empty: the caller's
  std::string record;     // directory that gets the exit record; empty: none
  bool cgroups = true;
  bool allow_root = false;
};

/// What a shell would call its exit status: the command's own, 128 + signal, 124 after the time
/// limit, 137 after a memory overrun, 125 when it could not be launched. TERM and INT end the
/// command in the same way as its time limit.
Result<int> run(const RunOptions& options);

}  // namespace retz::exec
