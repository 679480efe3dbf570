// What changed since somebody last looked: which nodes have more to give, and which were used.
#include <algorithm>

#include "base/assert.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

namespace {

// Beyond so many nodes a search over all costs less than a look at each.
constexpr std::size_t few_nodes = 16;

}  // namespace

void Pool::grew(std::uint32_t n) {
  Node& node = nodes_[n];
  ++node.version;
  ++changes_;
  if (node.grown || node.draining) return;
  node.grown = true;
  grown_.push_back(n);
}

bool Pool::could_take(std::uint32_t n, const Request& request) const {
  const Node& node = nodes_[n];
  if (node.draining || node.bins.empty() || !dimensions_.need(request, scratch_)) return false;
  const std::uint32_t asked = condition(request, false);
  if (!conditions_.meets(asked, n)) return false;
  const bool devices = model::needs_devices(request.gpus);
  return std::ranges::any_of(node.bins, [&](std::uint32_t b) {
    for (std::size_t d = 0; d < scratch_.size(); ++d) {
      if (bins_[b].free[d] < scratch_[d]) return false;
    }
    return !devices || devices_fit(bins_[b], request);
  });
}

bool Pool::may_fit_again(const Request& request) {
  if (request.spread && spread_changed_) return true;
  if (grown_.size() > few_nodes) return fit(request) == Fit::now;
  return std::ranges::any_of(grown_, [&](std::uint32_t n) { return could_take(n, request); });
}

void Pool::forget_growth() {
  for (const std::uint32_t n : grown_) nodes_[n].grown = false;
  grown_.clear();
  spread_changed_ = false;
}

void Pool::set_maintenance(const std::string& name, std::vector<MaintenanceWindow> windows) {
  if (const auto before = maintenance_.find(name); before != maintenance_.end()) {
    for (const MaintenanceWindow& w : before->second) window_ends_.erase({w.until, name});
  }
  for (const MaintenanceWindow& w : windows) window_ends_.emplace(w.until, name);
  if (const auto at = by_name_.find(name); at != by_name_.end()) {
    nodes_[at->second].windows = windows;
    grew(at->second);
    kept_.node_changed(at->second);
  }
  if (windows.empty()) {
    maintenance_.erase(name);
  } else {
    maintenance_[name] = std::move(windows);
  }
}

void Pool::advance(Instant now) {
  while (!window_ends_.empty() && window_ends_.begin()->first <= now) {
    if (const auto at = by_name_.find(window_ends_.begin()->second); at != by_name_.end()) {
      grew(at->second);
    }
    window_ends_.erase(window_ends_.begin());
  }
}

std::optional<Instant> Pool::window_end(Instant now) const {
  for (const auto& [until, node] : window_ends_) {
    if (until > now) return until;
  }
  return std::nullopt;
}

// A window that is over counts no more; of the others the first is the nearest.
bool Pool::admits(std::uint32_t n, Instant start, Duration stay) const {
  for (const MaintenanceWindow& w : nodes_[n].windows) {
    if (w.until <= start) continue;
    return start < w.from && start + stay <= w.from;
  }
  return true;
}

void Pool::use(std::uint32_t n, std::uint64_t number) {
  Node& node = nodes_[n];
  node.last_use = number;
  if (node.used) return;
  node.used = true;
  used_.push_back(node.name);
}

std::vector<NodeUsed> Pool::last_uses() const {
  std::map<std::string_view, std::uint64_t> all;
  for (const auto& [name, number] : absent_uses_) all.emplace(name, number);
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (nodes_[n].last_use > 0) all.emplace(nodes_[n].name, nodes_[n].last_use);
  }
  std::vector<NodeUsed> out;
  out.reserve(all.size());
  for (const auto& [name, number] : all) out.push_back({std::string(name), number});
  return out;
}

void Pool::restore_use(const NodeUsed& used) {
  starts_ = std::max(starts_, used.number);
  if (const auto at = by_name_.find(used.node); at != by_name_.end()) {
    nodes_[at->second].last_use = used.number;
    index_bins(at->second);
  } else {
    absent_uses_[used.node] = used.number;
  }
}

std::vector<NodeUsed> Pool::take_uses() {
  std::vector<NodeUsed> out;
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
  for (std::string& name : used_) {
    std::uint64_t number = 0;
    if (const auto at = by_name_.find(name); at != by_name_.end()) {
      nodes_[at->second].used = false;
      number = nodes_[at->second].last_use;
    } else if (const auto use = absent_uses_.find(name); use != absent_uses_.end()) {
      number = use->second;
    }
    if (number > 0) out.push_back({std::move(name), number});
  }
  used_.clear();
  return out;
}

}  // namespace retz::pool
