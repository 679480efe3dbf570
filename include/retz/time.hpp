// Time as the engine sees it: given from outside, in microseconds since the Unix epoch.
#pragma once

#include <chrono>
#include <cstdint>

namespace retz {

/// A chrono clock type that deliberately has no now(): code of the core cannot read a clock, it is
/// handed the time.
struct EngineClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<EngineClock>;
  static constexpr bool is_steady = true;
};

using Duration = EngineClock::duration;
using Instant = EngineClock::time_point;

/// The instant `us` microseconds after the epoch; how stored times come back.
constexpr Instant at_micros(std::int64_t us) {
  return Instant(Duration(us));
}
constexpr std::int64_t micros(Instant t) {
  return t.time_since_epoch().count();
}
/// For formulas and figures shown to people; never for accounting.
constexpr double in_seconds(Duration d) {
  return static_cast<double>(d.count()) / 1e6;
}

}  // namespace retz
