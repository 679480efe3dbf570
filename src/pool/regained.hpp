// Where nodes have more free than when the kept promises were last tried: only there can one gain.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "pool/gaps.hpp"
#include "pool/timeline.hpp"
#include "retz/time.hpp"

namespace retz::pool {

/// A time in which a node has more free than before.
struct Window {
  Instant from = Instant::max();
  Instant until = Instant::min();
  bool empty() const { return until <= from; }
  void join(const Window& other) {
    if (other.empty()) return;
    from = std::min(from, other.from);
    until = std::max(until, other.until);
  }
};

/// Thousands of promises are compared with hundreds of such nodes: what a comparison reads lies
/// together, and gaps are counted only where they may matter.
class Regained {
 public:
  explicit Regained(const Timeline& timeline) : timeline_(&timeline) {}

  void clear();
  /// Before the promises are tried, or while they are.
  void add(std::uint32_t node, const Window& window, bool while_tried);
  /// Less is free on the node than before.
  void taken(std::uint32_t node);
  /// `tried`: what was added before is known to all promises, but for what was added meanwhile.
  void begin(Instant now, bool tried);

  std::uint32_t count() const { return static_cast<std::uint32_t>(listed_.size()); }
  std::uint32_t node(std::uint32_t place) const { return listed_[place].node; }
  /// From when on the place could take something for so long; never too late.
  Instant from(std::uint32_t place, Duration estimate) const {
    const Instant begin = listed_[place].all.from;
    return begin - now_ >= estimate ? begin - estimate + Duration{1} : now_;
  }
  /// The same, by the gaps in which there is room for the row; `before`: later does not matter.
  Instant from(std::uint32_t place, std::uint32_t row, Duration estimate, Instant before);

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  struct Listed {
    std::uint32_t node = 0;
    std::uint32_t grown = 0;  // changes when more is free
    std::uint32_t taken = 0;  // changes when less is
    Window all, before, during;
  };
  /// Also what was known before more was taken will do, until it seems to help: no less was free.
  struct Known {
    std::uint32_t grown = 0, taken = 0;  // of the place, by then
    Gaps gaps;
  };

  const Timeline* timeline_;
  Instant now_{};
  std::vector<Listed> listed_;
  std::vector<std::uint32_t> places_;      // by node
  std::vector<std::vector<Known>> known_;  // by row and place, as far as they were asked for
  std::uint32_t changes_ = 0;
};

}  // namespace retz::pool
