// Whether and why something does not fit: for the queue, for refusals and for explain. Scans the
// nodes where an answer for people is wanted.
#include <algorithm>

#include "base/assert.hpp"
#include "model/amounts.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

namespace {

std::int64_t of_model(const GpuRequest& request, const std::vector<Gpu>& gpus,
                      const model::GpuFree& free, bool share) {
  std::int64_t whole = 0, largest = 0;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!request.models.empty() &&
        !std::binary_search(request.models.begin(), request.models.end(), gpus[i].model)) {
      continue;
    }
    whole += free[i] == 1000 ? 1 : 0;
    largest = std::max<std::int64_t>(largest, free[i]);
  }
  return share ? largest : whole;
}

}  // namespace

bool Pool::fits_some_node(const Request& request) const {
  Row need;
  if (!dimensions_.need(request, need)) return false;
  const bool named = !request.gpus.models.empty();
  const std::uint32_t node = capacity_index_.find(need, [&](std::uint32_t n) {
    const std::vector<Gpu>& gpus = nodes_[n].capacity.gpus;
    return !named ||
           model::choose(request.gpus, gpus, model::GpuFree(gpus.size(), 1000)).has_value();
  });
  return node != FitIndex::none;
}

Fit Pool::fit(const Request& request) const {
  if (!fits_some_node(request)) return Fit::never;
  Row need;
  dimensions_.need(request, need);
  const bool named = !request.gpus.models.empty();
  const std::uint32_t bin = bins_index_.find(need, [&](std::uint32_t b) {
    return !named || model::choose(request.gpus, bins_[b].gpus, bins_[b].gpu_free).has_value();
  });
  return bin == FitIndex::none ? Fit::later : Fit::now;
}

Row Pool::have(const Request& request, const Bin& bin) const {
  Row row = bin.free;
  row[whole_gpus] = of_model(request.gpus, bin.gpus, bin.gpu_free, false);
  row[gpu_share] = of_model(request.gpus, bin.gpus, bin.gpu_free, true);
  return row;
}

Row Pool::have(const Request& request, const Capacity& capacity) const {
  Row row = capacity_row(capacity);
  const model::GpuFree all(capacity.gpus.size(), 1000);
  row[whole_gpus] = of_model(request.gpus, capacity.gpus, all, false);
  row[gpu_share] = of_model(request.gpus, capacity.gpus, all, true);
  return row;
}

std::int64_t Pool::distance(const Row& need, const Row& have) {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < need.size(); ++d) {
    if (have[d] >= need[d]) continue;
    // At least one: the least lack is a lack. A lease that shrank lacks even what nobody asks for.
    sum +=
        std::max<std::int64_t>((need[d] - have[d]) * 1000 / std::max<std::int64_t>(need[d], 1), 1);
  }
  return sum;
}

bool Pool::fits_when_empty(const Request& request) const {
  if (fits_some_node(request)) return true;
  Row need;
  if (!dimensions_.need(request, need)) return false;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (nodes_[n].known && distance(need, have(request, nodes_[n].capacity)) == 0) return true;
  }
  return false;
}

Instant Pool::open_from(std::uint32_t, Instant then, Duration) const {
  return then;
}

bool Pool::could_take(std::uint32_t n, const Request& request, const Terms&) const {
  const Node& node = nodes_[n];
  if (!node.known || node.draining) return false;
  Row need;
  return dimensions_.need(request, need) && distance(need, have(request, node.capacity)) == 0;
}

std::vector<Shortage> Pool::shortages(const Row& need, const Row& have,
                                      const std::string& node) const {
  std::vector<Shortage> all;
  for (std::size_t d = 0; d < need.size(); ++d) {
    if (have[d] < need[d]) all.push_back({dimensions_.name(d), need[d], have[d], node});
  }
  return all;
}

std::vector<Shortage> Pool::largest(const Request& request) const {
  std::vector<Shortage> all;
  Row need;
  dimensions_.need(request, need);
  Row most(need.size(), 0);
  std::vector<std::uint32_t> holder(need.size(), FitIndex::none);
  std::uint32_t nearest = FitIndex::none;
  std::int64_t nearest_distance = 0;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (!nodes_[n].known) continue;
    const Row row = have(request, nodes_[n].capacity);
    for (std::size_t d = 0; d < need.size(); ++d) {
      if (holder[d] != FitIndex::none && row[d] <= most[d]) continue;
      most[d] = row[d];
      holder[d] = n;
    }
    const std::int64_t far = distance(need, row);
    if (nearest != FitIndex::none && far >= nearest_distance) continue;
    nearest = n;
    nearest_distance = far;
  }
  RETZ_ASSERT(nearest != FitIndex::none);
  for (std::size_t d = 0; d < need.size(); ++d) {
    if (most[d] >= need[d]) continue;
    all.push_back({dimensions_.name(d), need[d], most[d], nodes_[holder[d]].name});
  }
  for (const CustomAmount& c : request.amounts.custom) {
    if (!dimensions_.knows(c.name)) all.push_back({"custom." + c.name, c.amount, 0, {}});
  }
  if (!all.empty()) return all;
  return shortages(need, have(request, nodes_[nearest].capacity), nodes_[nearest].name);
}

std::vector<Shortage> Pool::nearest(const Request& request) const {
  Row need;
  if (!dimensions_.need(request, need)) return {};
  std::uint32_t best = FitIndex::none;
  std::int64_t best_distance = 0;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.known || node.draining) continue;
    if (distance(need, have(request, node.capacity)) > 0) continue;
    for (const std::uint32_t b : node.bins) {
      const std::int64_t far = distance(need, have(request, bins_[b]));
      const bool nearer = best == FitIndex::none || far < best_distance ||
                          (far == best_distance && bins_[b].lease < bins_[best].lease);
      if (!nearer) continue;
      best = b;
      best_distance = far;
    }
  }
  if (best == FitIndex::none) return {};
  return shortages(need, have(request, bins_[best]), nodes_[bins_[best].node].name);
}

std::optional<std::string> Pool::draining_with_room(const Request& request, bool when_empty) const {
  Row need;
  if (!dimensions_.need(request, need)) return std::nullopt;
  for (const std::string& name : draining_) {
    const Node* node = find_node(name);
    if (node == nullptr) continue;
    const bool empty_enough =
        when_empty && node->known && distance(need, have(request, node->capacity)) == 0;
    if (empty_enough) return name;
    for (const std::uint32_t b : node->bins) {
      if (distance(need, have(request, bins_[b])) == 0) return name;
    }
  }
  return std::nullopt;
}

Pool::Total Pool::total() const {
  Total sum;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (!nodes_[n].known) continue;
    model::add(sum.amounts, nodes_[n].capacity.amounts);
    sum.gpus += static_cast<std::int64_t>(nodes_[n].capacity.gpus.size());
  }
  return sum;
}

std::vector<Pool::NodeView> Pool::nodes() const {
  std::vector<NodeView> views;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.present) continue;
    NodeView view{node.name, node.capacity, {}, 0, node.draining};
    for (const BookingId b : node.bookings) model::add(view.used, bookings_[b].placement.amounts);
    view.attempts = static_cast<std::uint32_t>(node.bookings.size());
    views.push_back(std::move(view));
  }
  std::sort(views.begin(), views.end(),
            [](const NodeView& a, const NodeView& b) { return a.name < b.name; });
  return views;
}

void Pool::check_bin(std::uint32_t b) const {
  const Bin& bin = bins_[b];
  const Node& node = nodes_[bin.node];
  RETZ_ASSERT(by_lease_.at(bin.lease) == b);
  RETZ_ASSERT(bins_index_.contains(b) == !node.draining);
  if (!node.draining) {
    RETZ_ASSERT(bins_index_.key(b) == key(bin));
    RETZ_ASSERT(std::ranges::equal(bins_index_.row(b), bin.free));
  }
  if (bin.kind == LeaseKind::once) return;
  Bin fresh = bin;
  fill(fresh, node.capacity);
  RETZ_ASSERT(fresh.free == bin.free);
  RETZ_ASSERT(fresh.ports == bin.ports);
  RETZ_ASSERT(fresh.gpu_free == bin.gpu_free);
}

void Pool::check_invariants() const {
  std::size_t known = 0, bins = 0, booked = 0;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.present) continue;
    RETZ_ASSERT(by_name_.at(node.name) == n);
    RETZ_ASSERT(node.draining == draining_.contains(node.name));
    RETZ_ASSERT(capacity_index_.contains(n) == (node.known && !node.draining));
    known += node.known ? 1 : 0;
    bins += node.bins.size();
    booked += node.bookings.size();
    for (const std::uint32_t b : node.bins) check_bin(b);
    for (std::uint32_t i = 0; i < node.bookings.size(); ++i) {
      const Booking& booking = bookings_[node.bookings[i]];
      RETZ_ASSERT(booking.node == n && booking.place == i);
      RETZ_ASSERT(booking.placement.node == node.name);
    }
  }
  RETZ_ASSERT(known == known_nodes_);
  RETZ_ASSERT(bins == bins_.size());
  RETZ_ASSERT(booked == bookings_.size());
  RETZ_ASSERT(bins_index_.consistent());
  RETZ_ASSERT(capacity_index_.consistent());
}

}  // namespace retz::pool
