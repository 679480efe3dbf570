// Taking from leases and giving back, with the index kept in step.
#include <algorithm>

#include "base/assert.hpp"
#include "model/amounts.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::pool {

void Pool::count_gpus_and_ports(Bin& bin) const {
  bin.free[ports] = bin.ports.count();
  bin.free[whole_gpus] = model::whole_free(bin.gpu_free);
  bin.free[gpu_share] = model::largest_share(bin.gpu_free);
}

// What was adopted from before a restart may name ports and devices that are no longer there.
void Pool::take(Bin& bin, const Placement& placement) const {
  Row used;
  dimensions_.fill(placement.amounts, used);
  for (std::size_t d = 0; d < used.size(); ++d) bin.free[d] -= used[d];
  for (const std::uint16_t port : placement.ports) bin.ports.erase(port);
  for (const GpuShare& g : placement.gpus) {
    if (g.device < bin.gpu_free.size()) bin.gpu_free[g.device] -= g.amount;
  }
  count_gpus_and_ports(bin);
}

void Pool::give_back(Bin& bin, const Placement& placement) const {
  Row used;
  dimensions_.fill(placement.amounts, used);
  for (std::size_t d = 0; d < used.size(); ++d) bin.free[d] += used[d];
  for (const std::uint16_t port : placement.ports) {
    if (bin.all_ports.contains(port)) bin.ports.insert(port);
  }
  for (const GpuShare& g : placement.gpus) {
    if (g.device < bin.gpu_free.size()) bin.gpu_free[g.device] += g.amount;
  }
  count_gpus_and_ports(bin);
}

std::uint32_t Pool::standing_bin(const Node& node) const {
  for (const std::uint32_t b : node.bins) {
    if (bins_[b].kind == LeaseKind::standing) return b;
  }
  return FitIndex::none;
}

FitKey Pool::key(const Bin& bin) const {
  const std::uint64_t attempts = nodes_[bin.node].bookings.size();
  switch (rule_->order()) {
    case FitOrder::least_cpus:
      return {bin.free[cpus], bin.free[mem], attempts, bin.lease.value};
    case FitOrder::most_cpus:
      return {-bin.free[cpus], -bin.free[mem], attempts, bin.lease.value};
    case FitOrder::by_lease:
      return {0, 0, 0, bin.lease.value};
    case FitOrder::by_score:
      return {0, 0, attempts, bin.lease.value};
  }
  return {};
}

void Pool::reindex(std::uint32_t b) {
  const Bin& bin = bins_[b];
  const bool there = bins_index_.contains(b);
  if (nodes_[bin.node].draining) {
    if (there) bins_index_.erase(b);
  } else if (there) {
    bins_index_.update(b, key(bin), bin.free);
  } else {
    bins_index_.insert(b, key(bin), bin.free);
  }
}

std::uint32_t Pool::choose(const Request& request, const Terms& terms,
                           const Reservations& reservations) {
  if (!dimensions_.need(request, need_)) return FitIndex::none;
  const bool named = !request.gpus.models.empty();
  const auto fits = [&, this](std::uint32_t b) {
    const Bin& bin = bins_[b];
    if (named && !model::choose(request.gpus, bin.gpus, bin.gpu_free)) return false;
    return reservations.admits(bin.node, request, terms);
  };
  if (rule_->order() != FitOrder::by_score) return bins_index_.find(need_, fits);
  std::uint32_t best = FitIndex::none;
  double best_score = 0;
  bins_index_.find(need_, [&](std::uint32_t b) {
    if (!fits(b)) return false;
    const Amounts free = dimensions_.amounts(bins_[b].free);
    const double score = rule_->score(request, {free, bins_[b].total});
    if (best == FitIndex::none || score < best_score) {
      best = b;
      best_score = score;
    }
    return false;
  });
  return best;
}

Placement Pool::placed(Bin& bin, const Request& request) const {
  Placement placement{nodes_[bin.node].name, request.amounts, {}, {}};
  if (request.ports > 0) {
    model::PortSet left = bin.ports;
    placement.ports = left.take(request.ports);
  }
  if (model::asks(request.gpus)) {
    placement.gpus = *model::choose(request.gpus, bin.gpus, bin.gpu_free);
  }
  return placement;
}

void Pool::book_on(std::uint32_t n, BookingId booking) {
  Node& node = nodes_[n];
  bookings_[booking].node = n;
  bookings_[booking].place = static_cast<std::uint32_t>(node.bookings.size());
  node.bookings.push_back(booking);
}

void Pool::unbook(BookingId booking) {
  std::vector<BookingId>& list = nodes_[bookings_[booking].node].bookings;
  const std::uint32_t place = bookings_[booking].place;
  list[place] = list.back();
  bookings_[list[place]].place = place;
  list.pop_back();
  bookings_.remove(booking);
}

std::optional<BookingId> Pool::book(const Request& request, const Terms& terms,
                                    const Reservations& reservations) {
  const std::uint32_t b = choose(request, terms, reservations);
  if (b == FitIndex::none) return std::nullopt;
  return book_into(b, request, terms);
}

BookingId Pool::book_into(std::uint32_t b, const Request& request, const Terms& terms) {
  Bin& bin = bins_[b];
  const BookingId booking = bookings_.add();
  bookings_[booking].lease = bin.lease;
  bookings_[booking].placement = placed(bin, request);
  bookings_[booking].started = terms.now;
  bookings_[booking].estimate = terms.estimate;
  take(bin, bookings_[booking].placement);
  if (bin.kind == LeaseKind::once && bin.uses++ == 0) used_once_.push_back(b);
  book_on(bin.node, booking);
  timeline_.booked(booking);
  index_bins(bin.node);
  return booking;
}

void Pool::undo(BookingId booking) {
  const auto at = by_lease_.find(bookings_[booking].lease);
  RETZ_ASSERT(at != by_lease_.end());
  Bin& bin = bins_[at->second];
  if (bin.kind == LeaseKind::once) {
    give_back(bin, bookings_[booking].placement);
    if (--bin.uses == 0) std::erase(used_once_, at->second);
  }
  release(booking);
}

BookingId Pool::adopt(AttemptRef attempt, const Placement& placement, Instant started,
                      Duration estimate) {
  if (dimensions_.learn(placement.amounts)) rebuild();
  const std::uint32_t n = node_of(placement.node);
  const BookingId booking = bookings_.add();
  bookings_[booking].attempt = attempt;
  bookings_[booking].placement = placement;
  bookings_[booking].started = started;
  bookings_[booking].estimate = estimate;
  book_on(n, booking);
  timeline_.booked(booking);
  const std::uint32_t standing = standing_bin(nodes_[n]);
  if (standing != FitIndex::none) {
    take(bins_[standing], placement);
  }
  index_bins(n);
  return booking;
}

void Pool::assign(BookingId booking, AttemptRef attempt) {
  bookings_[booking].attempt = attempt;
}

void Pool::release(BookingId booking) {
  const std::uint32_t n = bookings_[booking].node;
  const std::uint32_t standing = standing_bin(nodes_[n]);
  if (standing != FitIndex::none) {
    give_back(bins_[standing], bookings_[booking].placement);
  }
  if (timeline_.follows()) {
    kept_.freed(n, timeline_.expected_end(booking));
    timeline_.released(booking);
  }
  unbook(booking);
  index_bins(n);
  forget_if_empty(n);
}

}  // namespace retz::pool
