// Taking from leases and giving back, with the index kept in step.
#include <algorithm>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

void Pool::count_gpus_and_ports(Bin& bin) const {
  bin.free[ports] = bin.ports.count();
  bin.free[whole_gpus] = model::whole_free(bin.gpu_free);
  bin.free[gpu_share] = model::largest_share(bin.gpu_free);
}

// What was adopted from before a restart may name ports and devices that are no longer there.
void Pool::take(Bin& bin, const Booking& booking) const {
  dimensions_.subtract(booking.amounts, bin.free);
  if (booking.ports.empty() && booking.gpus.empty()) return;
  for (const std::uint16_t port : booking.ports) bin.ports.erase(port);
  for (const GpuShare& g : booking.gpus) {
    if (g.device < bin.gpu_free.size()) bin.gpu_free[g.device] -= g.amount;
  }
  count_gpus_and_ports(bin);
}

void Pool::give_back(Bin& bin, const Booking& booking) const {
  dimensions_.add(booking.amounts, bin.free);
  if (booking.ports.empty() && booking.gpus.empty()) return;
  for (const std::uint16_t port : booking.ports) {
    if (bin.all_ports.contains(port)) bin.ports.insert(port);
  }
  for (const GpuShare& g : booking.gpus) {
    if (g.device < bin.gpu_free.size()) bin.gpu_free[g.device] += g.amount;
  }
  count_gpus_and_ports(bin);
}

FitKey Pool::key(const Bin& bin) const {
  const std::uint64_t last_use = nodes_[bin.node].last_use;
  switch (rule_->order()) {
    case FitOrder::least_cpus:
      return {bin.free[cpus], bin.free[mem], last_use, bin.lease.value};
    case FitOrder::most_cpus:
      return {-bin.free[cpus], -bin.free[mem], last_use, bin.lease.value};
    case FitOrder::by_lease:
    case FitOrder::by_score:
      return {0, 0, 0, bin.lease.value};
  }
  return {};
}

void Pool::reindex(std::uint32_t b) {
  const Bin& bin = bins_[b];
  Node& node = nodes_[bin.node];
  ++node.version;
  ++changes_;
  scores_.touch(b);
  const bool there = bins_index_.contains(b);
  if (node.draining) {
    if (there) bins_index_.erase(b);
  } else if (there) {
    bins_index_.update(b, key(bin), bin.free, node.marks);
  } else {
    bins_index_.insert(b, key(bin), bin.free, node.marks);
  }
}

// Which ports and devices the request gets.
void Pool::give(Bin& bin, const Request& request, Booking& booking) const {
  booking.amounts = request.amounts;
  if (request.ports > 0) {
    model::PortSet left = bin.ports;
    booking.ports = left.take(request.ports);
  }
  if (!model::asks(request.gpus)) return;
  if (request.gpus.share > 0) {
    if (const auto device = rule_->device(request, view(bin))) {
      booking.gpus.push_back({*device, request.gpus.share});
      return;
    }
  }
  booking.gpus = *model::choose(request.gpus, bin.gpus, bin.gpu_free);
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

void Pool::count_in(BookingId booking, const Request& request, std::string_view user) {
  Booking& b = bookings_[booking];
  b.typical = mix_.add(request);
  if (!request.spread) return;
  b.group = spreads_.started(user, *request.spread, b.node);
  spread_changed_ = true;
}

std::optional<BookingId> Pool::book(const Request& request, const Terms& terms,
                                    const Reservations& reservations) {
  const std::uint32_t b = choose(request, terms, reservations);
  if (b == none) return std::nullopt;
  return book_into(b, request, terms);
}

BookingId Pool::book_into(std::uint32_t b, const Request& request, const Terms& terms) {
  Bin& bin = bins_[b];
  const BookingId id = bookings_.add();
  Booking& booking = bookings_[id];
  booking.lease = bin.lease;
  booking.started = terms.now;
  booking.estimate = terms.estimate;
  booking.before = nodes_[bin.node].last_use;
  give(bin, request, booking);
  take(bin, booking);
  if (bin.kind == LeaseKind::once && bin.uses++ == 0) used_once_.push_back(b);
  book_on(bin.node, id);
  count_in(id, request, terms.user);
  use(bin.node, ++starts_);
  timeline_.booked(id);
  index_bins(bin.node);
  return id;
}

void Pool::undo(BookingId id) {
  const Booking& booking = bookings_[id];
  const auto at = by_lease_.find(booking.lease);
  RETZ_ASSERT(at != by_lease_.end());
  RETZ_ASSERT(nodes_[booking.node].last_use == starts_);
  Bin& bin = bins_[at->second];
  if (bin.kind == LeaseKind::once) {
    give_back(bin, booking);
    if (--bin.uses == 0) std::erase(used_once_, at->second);
  }
  --starts_;
  use(booking.node, booking.before);
  release(id);
}

BookingId Pool::adopt(AttemptRef attempt, const Placement& placement, Instant started,
                      Duration estimate, const Request& request, std::string_view user) {
  if (dimensions_.learn(placement.amounts)) rebuild();
  const std::uint32_t n = node_of(placement.node);
  const BookingId id = bookings_.add();
  Booking& booking = bookings_[id];
  booking.attempt = attempt;
  booking.amounts = placement.amounts;
  booking.ports = placement.ports;
  booking.gpus = placement.gpus;
  booking.started = started;
  booking.estimate = estimate;
  book_on(n, id);
  count_in(id, request, user);
  timeline_.booked(id);
  if (nodes_[n].standing != none) take(bins_[nodes_[n].standing], booking);
  index_bins(n);
  return id;
}

Placement Pool::placement(BookingId id) const {
  const Booking& b = bookings_[id];
  return {nodes_[b.node].name, b.amounts, b.ports, b.gpus};
}

void Pool::held(BookingId id, Row& row) const {
  const Booking& b = bookings_[id];
  dimensions_.fill(b.amounts, row);
  row[ports] = static_cast<std::int64_t>(b.ports.size());
  for (const GpuShare& g : b.gpus) {
    if (g.amount == 1000) {
      ++row[whole_gpus];
    } else {
      row[gpu_share] += g.amount;
    }
  }
}

void Pool::release(BookingId id) {
  const Booking& booking = bookings_[id];
  const std::uint32_t n = booking.node;
  if (nodes_[n].standing != none) give_back(bins_[nodes_[n].standing], booking);
  mix_.remove(booking.typical);
  if (booking.group != none) {
    spreads_.ended(booking.group, n);
    spread_changed_ = true;
  }
  if (timeline_.follows()) {
    kept_.freed(n, timeline_.expected_end(id));
    timeline_.released(id);
  }
  unbook(id);
  index_bins(n);
  grew(n);
  forget_if_empty(n);
}

void Pool::count(BookingId id, const Request& request) {
  if (bookings_[id].typical == none) bookings_[id].typical = mix_.add(request);
}

void Pool::waits(const Request& request, bool more) {
  if (more) {
    mix_.add(request);
  } else if (mix_.active()) {
    mix_.remove(request);
  }
}

}  // namespace retz::pool
