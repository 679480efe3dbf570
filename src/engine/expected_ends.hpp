// When running attempts are expected to end, and which is the first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "retz/time.hpp"

namespace retz::engine {

/// By number of the attempt. What overran its estimate is taken to run for twice, four times ... of
/// it. Coming and going cost nothing but a mark; first() looks again at the blocks of attempts
/// whose first has gone or overran since it was asked last.
class ExpectedEnds {
 public:
  void add(std::uint32_t attempt, Instant started, Duration estimate);
  void remove(std::uint32_t attempt);
  /// Requires: `now` never decreases.
  std::optional<Instant> first(Instant now) const;

 private:
  static constexpr std::uint32_t block_size = 256;
  struct Entry {
    Instant started{};
    Duration runs{0};  // zero: not in use
    Instant end() const { return started + runs; }
  };
  struct Block {
    Instant first = Instant::max();
    bool stale = false;
  };
  void look_again(std::uint32_t block, Instant now) const;

  mutable std::vector<Entry> entries_;
  mutable std::vector<Block> blocks_;
};

}  // namespace retz::engine
