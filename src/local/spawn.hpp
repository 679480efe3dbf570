// Running a tool and waiting for it, from a big process with many threads: posix_spawn, no shell.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "retz/result.hpp"

namespace retz::local {

struct Finished {
  int status = 0;      // exit status; 128 + signal
  std::string output;  // what it said: stderr, and stdout where that goes nowhere else; 64 KiB
};

/// How long to wait.
struct Patience {
  std::chrono::seconds limit{60};
  const std::atomic<bool>* cancelled = nullptr;  // becomes true when nobody waits any more
};

/// Ends it (KILL) and says so when the patience is over. argv[0] is looked up on PATH.
/// Error: not_found (no such program), unavailable (out of time), io_error.
Result<Finished> run_tool(const std::vector<std::string>& argv, Patience patience,
                          int stdout_to = -1);

}  // namespace retz::local
