// What is short, and where it is the least: answers for people, from a scan over the nodes.
#include <algorithm>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

namespace {

std::int64_t of_model(const GpuRequest& request, const std::vector<Gpu>& gpus,
                      const model::GpuFree* free, bool share) {
  std::int64_t whole = 0, largest = 0;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!model::model_fits(request, gpus[i])) continue;
    const std::int32_t left = free == nullptr ? 1000 : (*free)[i];
    whole += left == 1000 ? 1 : 0;
    largest = std::max<std::int64_t>(largest, left);
  }
  return share ? largest : whole;
}

}  // namespace

// Of a request for all devices, what is short is that they are not all free.
void Pool::have(const Request& request, const Bin& bin, Row& row) const {
  row = bin.free;
  if (!model::needs_devices(request.gpus)) return;
  row[whole_gpus] = of_model(request.gpus, bin.gpus, &bin.gpu_free, false);
  row[gpu_share] = of_model(request.gpus, bin.gpus, &bin.gpu_free, true);
}

void Pool::have(const Request& request, std::uint32_t n, Row& row) const {
  row = nodes_[n].whole;
  if (!model::needs_devices(request.gpus)) return;
  row[whole_gpus] = of_model(request.gpus, nodes_[n].capacity.gpus, nullptr, false);
  row[gpu_share] = of_model(request.gpus, nodes_[n].capacity.gpus, nullptr, true);
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
  Row need, row;
  dimensions_.need(request, need);
  Row most(need.size(), 0);
  std::vector<std::uint32_t> holder(need.size(), none);
  std::uint32_t nearest = none;
  std::int64_t nearest_distance = 0;
  const std::uint32_t asked = condition(request, false);
  const bool some_meet = !unmet(request).has_value();
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (!nodes_[n].known) continue;
    // Where nodes meet the constraints, only those count.
    if (some_meet && request.gpus.models.empty() && !conditions_.meets(asked, n)) continue;
    have(request, n, row);
    for (std::size_t d = 0; d < need.size(); ++d) {
      if (holder[d] != none && row[d] <= most[d]) continue;
      most[d] = row[d];
      holder[d] = n;
    }
    const std::int64_t far = distance(need, row);
    if (nearest != none && far >= nearest_distance) continue;
    nearest = n;
    nearest_distance = far;
  }
  RETZ_ASSERT(nearest != none);
  for (std::size_t d = 0; d < need.size(); ++d) {
    if (most[d] >= need[d]) continue;
    all.push_back({dimensions_.name(d), need[d], most[d], nodes_[holder[d]].name});
  }
  for (const CustomAmount& c : request.amounts.custom) {
    if (!dimensions_.knows(c.name)) all.push_back({"custom." + c.name, c.amount, 0, {}});
  }
  if (!all.empty()) return all;
  have(request, nearest, row);
  return shortages(need, row, nodes_[nearest].name);
}

std::vector<Shortage> Pool::nearest(const Request& request) const {
  Row need, row;
  if (!dimensions_.need(request, need)) return {};
  std::uint32_t best = none;
  std::int64_t best_distance = 0;
  const std::uint32_t asked = condition(request, false);
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!open(n) || node.bins.empty() || !conditions_.meets(asked, n)) continue;
    have(request, n, row);
    if (distance(need, row) > 0 || !has_attribute(n, request)) continue;
    for (const std::uint32_t b : node.bins) {
      have(request, bins_[b], row);
      const std::int64_t far = distance(need, row);
      const bool nearer = best == none || far < best_distance ||
                          (far == best_distance && bins_[b].lease < bins_[best].lease);
      if (!nearer) continue;
      best = b;
      best_distance = far;
    }
  }
  if (best == none) return {};
  have(request, bins_[best], row);
  return shortages(need, row, nodes_[bins_[best].node].name);
}

std::optional<std::string> Pool::draining_with_room(const Request& request, bool when_empty) const {
  Row need, row;
  if (!dimensions_.need(request, need)) return std::nullopt;
  const std::uint32_t asked = condition(request, false);
  for (const std::string& name : draining_) {
    const auto n = find(name);
    if (!n || !conditions_.meets(asked, *n)) continue;
    if (when_empty && able(*n, request, false)) return name;
    for (const std::uint32_t b : nodes_[*n].bins) {
      have(request, bins_[b], row);
      if (distance(need, row) == 0) return name;
    }
  }
  return std::nullopt;
}

}  // namespace retz::pool
