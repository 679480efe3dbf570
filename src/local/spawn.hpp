// Running a tool and waiting for it, from a big process with many threads: posix_spawn, no shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "retz/result.hpp"

namespace retz::local {

struct Finished {
  int status = 0;      // exit status; 128 + signal
  std::string output;  // what it said: stderr, and stdout where that goes nowhere else; 64 KiB
};

/// Ends it (KILL) and says so when it is not done after `limit`. argv[0] is looked up on PATH.
/// Error: not_found (no such program), unavailable (out of time), io_error.
Result<Finished> run_tool(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          int stdout_to = -1);

}  // namespace retz::local
