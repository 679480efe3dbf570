#include "runtime/stamp.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace retz::runtime {

Stamp::Stamp(Clock& clock, Instant last_stored)
    : clock_(&clock),
      start_(clock.steady()),
      base_(std::max(last_stored, clock.wall())),
      offset_(0) {}

std::optional<std::string> Stamp::wall_jump(Instant at) {
  const Duration offset = clock_->wall() - at;
  const Duration moved = offset - offset_;
  if (std::chrono::abs(moved) <= std::chrono::seconds(1)) return std::nullopt;
  offset_ = offset;
  return fmt::format(
      "the wall clock is {} s {} the time that jobs are stamped with, which goes on steadily",
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(offset)).count(),
      offset < Duration{0} ? "behind" : "ahead of");
}

}  // namespace retz::runtime
