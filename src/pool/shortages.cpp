// What is short, and where it is the least: answers for people, from a scan over the nodes.
#include <algorithm>
#include <limits>
#include <utility>

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
    sum += lack(need[d], need[d] - have[d]);
  }
  return sum;
}

// At least one: the least lack is a lack. A lease that shrank lacks even what nobody asks for.
std::int64_t Pool::lack(std::int64_t need, std::int64_t less) {
  return std::max<std::int64_t>(less * 1000 / std::max<std::int64_t>(need, 1), 1);
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

namespace {

/// Pool::distance of many rows to one need: nodes in use to the full lack the same, so that the
/// last quotient of each dimension is kept.
class Distance {
 public:
  explicit Distance(const Row& need) : need_(&need), last_(need.size()) {}
  std::int64_t operator()(const FitIndex::Figures& have) {
    std::int64_t sum = 0;
    for (std::size_t d = 0; d < last_.size(); ++d) {
      const std::int64_t lack = (*need_)[d] - have[d];
      if (lack <= 0) continue;
      Last& last = last_[d];
      if (last.lack != lack) last = {lack, Pool::lack((*need_)[d], lack)};
      sum += last.part;
    }
    return sum;
  }

 private:
  struct Last {
    std::int64_t lack = 0, part = 0;
  };
  const Row* need_;
  std::vector<Last> last_;
};

}  // namespace

// The nodes that could take it when empty. A look at each that is near costs more than a search for
// all of them where many are near and few could.
class Pool::Able {
 public:
  Able(const Pool& pool, const Request& request, const Row& need)
      : pool_(&pool), request_(&request), need_(need), asked_(pool.condition(request, false)) {}
  bool operator()(std::uint32_t n) {
    if (!all_.empty()) return all_[n];
    const bool able = pool_->capacity_index_.contains(n) && suits(n) && has_room(n);
    if (!able && ++refused_ == looks_max) look_at_all();
    return able;
  }

 private:
  static constexpr std::uint32_t looks_max = 64;
  bool suits(std::uint32_t n) const {
    return pool_->conditions_.meets(asked_, n) && pool_->has_attribute(n, *request_);
  }
  bool has_room(std::uint32_t n) const {
    Row whole;
    pool_->have(*request_, n, whole);
    return distance(need_, whole) == 0;
  }
  void look_at_all() {
    all_.assign(pool_->nodes_.bound(), false);
    const bool devices = model::needs_devices(request_->gpus);
    pool_->capacity_index_.find(need_, Conditions::mark(asked_), [&](std::uint32_t n) {
      all_[n] = suits(n) && (!devices || has_room(n));
      return false;
    });
  }

  const Pool* pool_;
  const Request* request_;
  const Row& need_;
  std::uint32_t asked_;
  std::uint32_t refused_ = 0;
  std::vector<bool> all_;  // by node; empty: not yet
};

std::vector<Shortage> Pool::nearest(const Request& request) const {
  Row need, row;
  if (!dimensions_.need(request, need)) return {};
  const bool devices = model::needs_devices(request.gpus);
  Able able(*this, request, need);
  Distance far(need);
  std::uint32_t best = none;
  std::pair<std::int64_t, std::uint64_t> least{std::numeric_limits<std::int64_t>::max(), 0};
  const auto look = [&](std::uint32_t b, std::uint64_t lease, std::int64_t distance) {
    if (devices) {
      have(request, bins_[b], row);
      distance = Pool::distance(need, row);
    }
    if (best != none && std::pair(distance, lease) >= least) return;
    if (!able(bins_[b].node)) return;
    best = b;
    least = {distance, lease};
  };
  const std::uint64_t marks = Conditions::mark(condition(request, false));
  bins_index_.look_near(
      marks, [&far](const FitIndex::Figures& have) { return far(have); },
      [&] { return least.first; }, look);
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
