// Everything that is kept twice, compared; for tests.
#include <algorithm>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

void Pool::check_bin(std::uint32_t b) const {
  const Bin& bin = bins_[b];
  const Node& node = nodes_[bin.node];
  RETZ_ASSERT(by_lease_.at(bin.lease) == b);
  RETZ_ASSERT((bin.kind == LeaseKind::standing) == (node.standing == b));
  RETZ_ASSERT(bins_index_.contains(b) == !node.draining);
  if (!node.draining) {
    RETZ_ASSERT(bins_index_.key(b) == key(bin));
    RETZ_ASSERT(bins_index_.row(b) == bin.free);
    RETZ_ASSERT(bins_index_.marks(b) == node.marks);
  }
  if (bin.kind == LeaseKind::once) return;
  Bin fresh = bin;
  fill(fresh, node.capacity);
  RETZ_ASSERT(fresh.free == bin.free);
  RETZ_ASSERT(fresh.ports == bin.ports && fresh.gpu_free == bin.gpu_free);
}

void Pool::check_node(std::uint32_t n) const {
  const Node& node = nodes_[n];
  RETZ_ASSERT(by_name_.at(node.name) == n);
  RETZ_ASSERT(node.draining == draining_.contains(node.name));
  RETZ_ASSERT(capacity_index_.contains(n) == open(n));
  RETZ_ASSERT(node.last_use <= starts_ && !absent_uses_.contains(node.name));
  RETZ_ASSERT(node.whole.empty() || node.whole == capacity_row(node.capacity));
  RETZ_ASSERT(node.grown == (std::ranges::find(grown_, n) != grown_.end()));
  const auto planned = maintenance_.find(node.name);
  RETZ_ASSERT(planned == maintenance_.end() ? node.windows.empty()
                                            : node.windows == planned->second);
  for (const std::uint32_t b : node.bins) check_bin(b);
  for (std::uint32_t i = 0; i < node.bookings.size(); ++i) {
    const Booking& booking = bookings_[node.bookings[i]];
    RETZ_ASSERT(booking.node == n && booking.place == i);
  }
}

void Pool::check_invariants() const {
  std::uint64_t known = 0, bins = 0, booked = 0, spread = 0;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.present) continue;
    check_node(n);
    known += node.known ? 1 : 0;
    bins += node.bins.size();
    booked += node.bookings.size();
    for (const BookingId b : node.bookings) spread += bookings_[b].group != none ? 1U : 0U;
  }
  RETZ_ASSERT(known == known_nodes_);
  RETZ_ASSERT(bins == bins_.size());
  RETZ_ASSERT(booked == bookings_.size());
  RETZ_ASSERT(spread == spreads_.attempts());
  RETZ_ASSERT(bins_index_.consistent());
  RETZ_ASSERT(capacity_index_.consistent());
}

}  // namespace retz::pool
