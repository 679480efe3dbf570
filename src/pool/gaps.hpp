// Times in which something is free, as far as one wants to know when the first of a length begins.
#pragma once

#include <array>
#include <cstdint>

#include "retz/time.hpp"

namespace retz::pool {

/// Only a gap that is longer than all before it matters. Of many it keeps few: its answer may be
/// too early, never too late.
class Gaps {
 public:
  /// Requires: begins after all that were added before.
  void add(Instant begin, Duration length) {
    if (count_ > 0 && length <= steps_[count_ - 1].length) return;
    if (count_ == steps_.size()) {
      steps_.back().length = length;
    } else {
      steps_[count_++] = {begin, length};
    }
  }
  /// Instant::max(): none is so long.
  Instant first(Duration length) const {
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (steps_[i].length >= length) return steps_[i].begin;
    }
    return Instant::max();
  }

 private:
  struct Step {
    Instant begin{};
    Duration length{0};
  };
  std::array<Step, 3> steps_;
  std::uint32_t count_ = 0;
};

}  // namespace retz::pool
