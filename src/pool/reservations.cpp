#include "pool/reservations.hpp"

#include <algorithm>

#include "pool/pool.hpp"

namespace retz::pool {

Reservations::~Reservations() {
  for (const Span& span : promised_) {
    pool_->timeline_.withdraw(span);
    pool_->timeline_.release_row(span.row);
  }
}

bool Reservations::closed(std::uint32_t node) const {
  if (closed_.empty()) return false;
  if (node >= seen_.size()) seen_.resize(std::size_t{node} + 1);
  Seen& seen = seen_[node];
  for (; !seen.closed && seen.count < closed_.size(); ++seen.count) {
    seen.closed = pool_->could_take(node, closed_[seen.count], {});
  }
  return seen.closed;
}

bool Reservations::admits(std::uint32_t node, const Request& request, const Terms& terms) const {
  if (closed(node)) return false;
  const Timeline& timeline = pool_->timeline_;
  if (!timeline.has_promises(node)) return true;
  return timeline.room(node, timeline.parts(request, node), terms.now) >= terms.estimate;
}

std::optional<Duration> Reservations::placeable(const Request& request, const Terms& terms) const {
  std::optional<Duration> longest;
  Row need;
  if (!pool_->dimensions_.need(request, need)) return longest;
  const Timeline& timeline = pool_->timeline_;
  pool_->bins_index_.find(need, [&](std::uint32_t b) {
    const std::uint32_t node = pool_->bins_[b].node;
    const bool promised = timeline.has_promises(node);
    if (!closed(node) && !promised) return false;
    const Duration room =
        closed(node) ? Duration{0} : timeline.room(node, timeline.parts(request, node), terms.now);
    if (!longest || room > *longest) longest = room;
    return false;
  });
  return longest;
}

void Reservations::close(const Request& request) {
  if (std::find(closed_.begin(), closed_.end(), request) == closed_.end()) {
    closed_.push_back(request);
  }
}

// Among nodes at which the slot begins at the same time, what the fit rule would take then.
Reservations::Liking Reservations::liking(const Pool& pool, std::uint32_t node, Instant then,
                                          const Request& request) {
  const Pool::Bin& bin = pool.bins_[pool.standing_bin(pool.nodes_[node])];
  const Row free = pool.timeline_.free_at(node, then);
  Liking liking{0, pool.key(bin)};
  switch (pool.rule_->order()) {
    case FitOrder::by_lease:
      break;
    case FitOrder::least_cpus:
      liking.key.major = free[cpus];
      liking.key.minor = free[mem];
      break;
    case FitOrder::most_cpus:
      liking.key.major = -free[cpus];
      liking.key.minor = -free[mem];
      break;
    case FitOrder::by_score: {
      const Amounts amounts = pool.dimensions_.amounts(free);
      liking.score = pool.rule_->score(
          request, {amounts, bin.total, bin.gpus, bin.gpu_free, pool.nodes_[node].name, {}});
      break;
    }
  }
  return liking;
}

std::optional<Reservations::Slot> Reservations::earliest(Pool& pool, const Request& request,
                                                         const Terms& terms, Instant from,
                                                         bool after_a_change) {
  Row need;
  if (!pool.dimensions_.need(request, need)) return std::nullopt;
  pool.timeline_.follow(terms.now);
  pool.timeline_.extend(terms.now);
  std::optional<Slot> best;
  std::optional<Liking> best_liking;  // worked out at the first tie
  pool.capacity_index_.find(need, [&](std::uint32_t n) {
    if (!pool.could_take(n, request, terms)) return false;
    const Parts parts = pool.timeline_.parts(request, n);
    const Timeline::Ask ask{parts,     terms.estimate, terms.longest_stay,
                            terms.now, from,           after_a_change};
    const Instant limit = best ? best->at + Duration{1} : Instant::max();
    const auto at = pool.timeline_.earliest(n, ask, limit);
    if (!at) return false;
    if (best && *at == best->at) {
      if (!best_liking) best_liking = liking(pool, best->node, *at, request);
      const Liking mine = liking(pool, n, *at, request);
      if (!(mine < *best_liking)) return false;
      best_liking = mine;
    } else {
      best_liking.reset();
    }
    best = Slot{n, *at};
    return false;
  });
  return best;
}

std::optional<Reservations::Slot> Reservations::reserve(const Request& request,
                                                        const Terms& terms) {
  const auto slot = earliest(*pool_, request, terms, terms.now, true);
  if (!slot) return slot;
  Timeline& timeline = pool_->timeline_;
  const std::uint32_t row = timeline.acquire(timeline.parts(request, slot->node));
  promised_.push_back({slot->node, row, slot->at, terms.estimate});
  timeline.promise(promised_.back());
  return slot;
}

}  // namespace retz::pool
