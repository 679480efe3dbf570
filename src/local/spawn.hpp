// Running a tool and waiting for it, from a big process with many threads: posix_spawn, no shell.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "retz/result.hpp"

namespace retz::local {

struct Finished {
  int status = 0;      // exit status; 128 + signal
  std::string output;  // what it said: stderr, and stdout where that goes nowhere else; 64 KiB
};

/// What some work may take.
struct Allowance {
  using Clock = std::chrono::steady_clock;
  Clock::time_point until = Clock::time_point::max();
  std::int64_t bytes = std::numeric_limits<std::int64_t>::max();  // that it writes
  const std::atomic<bool>* cancelled = nullptr;  // becomes true when nobody waits any more

  /// Error: unavailable: the time is over, or nobody waits.
  Result<void> check() const;
};

/// Of what would be more than the allowance.
tl::unexpected<Error> too_large();

/// Ends it (KILL) and says so when the allowance is used up. argv[0] is looked up on PATH.
/// Error: not_found (no such program), unavailable (out of time), too_large, io_error.
Result<Finished> run_tool(const std::vector<std::string>& argv, Allowance allowance,
                          int stdout_to = -1);

}  // namespace retz::local
