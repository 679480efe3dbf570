// The clock of deadlines.
#pragma once

#include <cstdint>
#include <ctime>

namespace retz::exec {

/// Microseconds of the monotonic clock.
inline std::int64_t monotonic_now() {
  timespec t = {};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace retz::exec
