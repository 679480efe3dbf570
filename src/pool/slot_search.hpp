// Where a request fits the earliest.
#pragma once

#include <cstdint>
#include <optional>

#include "pool/fit_index.hpp"
#include "pool/timeline.hpp"
#include "retz/pool.hpp"

namespace retz::pool {

class Pool;

/// A node, from a time on.
struct Slot {
  std::uint32_t node = 0;
  Instant at{};
};

/// The last answer over all nodes, and to what: it holds while nothing changes.
struct Foreseen {
  Request request;
  Duration estimate{0};
  Duration longest_stay{0};
  bool relaxed = false;
  std::uint64_t changes = 0;  // of the pool, by then; 0: nothing was asked
  std::optional<Slot> slot;
};

/// Of the nodes considered, the one on which the slot begins the earliest; among equals what the
/// fit rule would take then.
class SlotSearch {
 public:
  SlotSearch(Pool& pool, const Request& request, const Terms& terms);

  /// `after_a_change`: see Timeline::Ask. A slot that does not begin before `limit` does not count.
  void consider(std::uint32_t node, Instant from, bool after_a_change, Instant limit);
  std::optional<Slot> over_all(bool after_a_change);
  const std::optional<Slot>& best() const { return best_; }

 private:
  struct Liking {
    double score = 0;
    FitKey key;
    friend auto operator<=>(const Liking&, const Liking&) = default;
  };
  Liking liking(std::uint32_t node, Instant then) const;
  bool devices_fit_now(std::uint32_t node) const;

  Pool* pool_;
  const Request* request_;
  Terms terms_;
  Row need_;
  bool known_;      // no node lacks a resource altogether
  bool asks_more_;  // than amounts
  Parts parts_;
  std::optional<Slot> best_;
  std::optional<Liking> best_liking_;  // worked out at the first tie
};

}  // namespace retz::pool
