// `retz-exec serve`: one process a node, on a socket in the data directory.
#pragma once

#include <string>

#include "retz/result.hpp"

namespace retz::exec {

struct ServeOptions {
  std::string data;
  bool detach = false;  // return when it serves, in a process of its own
  bool allow_root = false;
  bool cgroups = true;
  int start_limit = 60;  // seconds from the launch of a job to its first instruction
  int linger = 60;       // seconds without jobs and server after which it exits
};

/// Returns when it has nothing left to do. Error: io_error; conflict when another one serves there.
Result<void> serve(const ServeOptions& options);

}  // namespace retz::exec
