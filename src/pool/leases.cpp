// Nodes and leases coming, changing and going.
#include <algorithm>

#include "base/assert.hpp"
#include "model/amounts.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

Pool::Pool(const FitRule& rule)
    : rule_(&rule), bins_index_(dimensions_.count()), capacity_index_(dimensions_.count()) {
  mix_.set_active(rule.asks_typical());
}

void Pool::set_rule(const FitRule& rule) {
  rule_ = &rule;
  scores_.forget();
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    for (const BookingId b : nodes_[n].bookings) bookings_[b].typical = none;
  }
  mix_ = {};
  mix_.set_active(rule.asks_typical());
  rebuild();
}

std::uint32_t Pool::node_of(const std::string& name) {
  const auto [at, added] = by_name_.try_emplace(name, 0);
  if (added) {
    at->second = nodes_.add();
    Node& node = nodes_[at->second];
    node.name = name;
    node.present = true;
    node.draining = draining_.contains(name);
    if (const auto windows = maintenance_.find(name); windows != maintenance_.end()) {
      node.windows = windows->second;
    }
    if (const auto use = absent_uses_.find(name); use != absent_uses_.end()) {
      node.last_use = use->second;
      absent_uses_.erase(use);
    }
  }
  return at->second;
}

std::optional<std::uint32_t> Pool::find(std::string_view name) const {
  const auto at = by_name_.find(std::string(name));
  return at == by_name_.end() ? std::nullopt : std::optional(at->second);
}

const Pool::Node* Pool::find_node(std::string_view name) const {
  const auto at = by_name_.find(std::string(name));
  return at == by_name_.end() ? nullptr : &nodes_[at->second];
}

void Pool::forget_if_empty(std::uint32_t n) {
  Node& node = nodes_[n];
  if (!node.present || node.known || !node.bins.empty() || !node.bookings.empty()) return;
  if (timeline_.has_promises(n)) return;
  by_name_.erase(node.name);
  if (node.last_use > 0) absent_uses_[node.name] = node.last_use;
  if (node.grown) std::erase(grown_, n);
  nodes_.remove(n);
}

Row Pool::capacity_row(const Capacity& capacity) const {
  Row row;
  dimensions_.fill(capacity.amounts, row);
  row[ports] = model::PortSet(capacity.ports).count();
  row[whole_gpus] = static_cast<std::int64_t>(capacity.gpus.size());
  row[gpu_share] = capacity.gpus.empty() ? 0 : 1000;
  return row;
}

void Pool::index_capacity(std::uint32_t n) {
  Node& node = nodes_[n];
  node.whole = capacity_row(node.capacity);
  if (capacity_index_.contains(n)) capacity_index_.erase(n);
  if (open(n)) capacity_index_.insert(n, {0, 0, 0, n}, node.whole, node.marks);
  ++capacity_version_;
  spread_changed_ = true;  // the value that had the fewest may count no longer
  kept_.node_changed(n);
}

void Pool::index_bins(std::uint32_t n) {
  for (const std::uint32_t bin : nodes_[n].bins) reindex(bin);
}

void Pool::know(std::uint32_t n, const Capacity& capacity) {
  Node& node = nodes_[n];
  if (node.known && node.capacity == capacity) return;
  if (!node.known) ++known_nodes_;
  node.known = true;
  node.capacity = capacity;
  node.marks = conditions_.look_again(n, node.name, capacity);
  index_capacity(n);
}

void Pool::unknow(std::uint32_t n) {
  Node& node = nodes_[n];
  if (!node.known) return;
  --known_nodes_;
  node.known = false;
  node.capacity = {};
  index_capacity(n);
}

// The most of a node's whole that a `once` lease lets us see.
Capacity Pool::seen_with(const Node& node, const Capacity& offered) const {
  Capacity seen = offered;
  for (const BookingId b : node.bookings) {
    const Booking& p = bookings_[b];
    model::add(seen.amounts, p.amounts);
    for (const std::uint16_t port : p.ports) seen.ports.push_back({port, port});
  }
  const Amounts& before = node.capacity.amounts;
  Amounts& most = seen.amounts;
  most.cpus = std::max(most.cpus, before.cpus);
  most.mem = std::max(most.mem, before.mem);
  most.disk = std::max(most.disk, before.disk);
  for (const CustomAmount& c : before.custom) {
    const auto at = std::find_if(most.custom.begin(), most.custom.end(),
                                 [&c](const CustomAmount& o) { return o.name == c.name; });
    if (at == most.custom.end()) {
      model::add(most, {0, 0, 0, {c}});
    } else {
      at->amount = std::max(at->amount, c.amount);
    }
  }
  seen.ports.insert(seen.ports.end(), node.capacity.ports.begin(), node.capacity.ports.end());
  seen.ports = model::PortSet(seen.ports).ranges();
  if (seen.gpus.size() < node.capacity.gpus.size()) seen.gpus = node.capacity.gpus;
  return seen;
}

void Pool::grant(const LeaseGranted& granted) {
  if (dimensions_.learn(granted.capacity.amounts)) rebuild();
  std::uint32_t b = same_lease(granted);
  if (b == FitIndex::none) revoke(granted.lease);
  const std::uint32_t n = node_of(granted.node);
  if (b == FitIndex::none) {
    make_room(n, granted.kind);
    b = bins_.add();
    by_lease_.emplace(granted.lease, b);
    nodes_[n].bins.push_back(b);
  }
  Bin& bin = bins_[b];
  bin.lease = granted.lease;
  bin.node = n;
  bin.kind = granted.kind;
  if (bin.kind == LeaseKind::once) once_.insert(b);
  if (bin.kind == LeaseKind::standing) nodes_[n].standing = b;
  fill(bin, granted.capacity);
  know(n,
       bin.kind == LeaseKind::standing ? granted.capacity : seen_with(nodes_[n], granted.capacity));
  index_bins(n);
  grew(n);
}

// The lease as it stands, where a grant only changes its amounts.
std::uint32_t Pool::same_lease(const LeaseGranted& granted) const {
  const auto at = by_lease_.find(granted.lease);
  if (at == by_lease_.end()) return FitIndex::none;
  const Bin& bin = bins_[at->second];
  const bool same = bin.kind == granted.kind && nodes_[bin.node].name == granted.node;
  return same ? at->second : FitIndex::none;
}

// A node has one standing lease, which is all of the node, or `once` leases; never both.
void Pool::make_room(std::uint32_t n, LeaseKind kind) {
  const std::vector<std::uint32_t> bins = nodes_[n].bins;
  for (const std::uint32_t b : bins) {
    if (kind == LeaseKind::once && bins_[b].kind == LeaseKind::once) continue;
    remove_bin(b);
    unknow(n);
  }
}

void Pool::fill(Bin& bin, const Capacity& capacity) const {
  bin.total = capacity.amounts;
  dimensions_.fill(capacity.amounts, bin.free);
  bin.all_ports = model::PortSet(capacity.ports);
  bin.ports = bin.all_ports;
  bin.gpus = capacity.gpus;
  bin.gpu_free.assign(capacity.gpus.size(), 1000);
  count_gpus_and_ports(bin);
  if (bin.kind == LeaseKind::once) return;
  for (const BookingId b : nodes_[bin.node].bookings) take(bin, bookings_[b]);
}

void Pool::remove_bin(std::uint32_t b) {
  const Bin& bin = bins_[b];
  if (bins_index_.contains(b)) bins_index_.erase(b);
  Node& node = nodes_[bin.node];
  std::erase(node.bins, b);
  if (node.standing == b) node.standing = none;
  ++node.version;
  ++changes_;
  scores_.touch(b);
  by_lease_.erase(bin.lease);
  once_.erase(b);
  std::erase(used_once_, b);
  bins_.remove(b);
}

void Pool::revoke(LeaseId lease) {
  const auto at = by_lease_.find(lease);
  if (at == by_lease_.end()) return;
  const std::uint32_t b = at->second;
  const std::uint32_t n = bins_[b].node;
  const bool standing = bins_[b].kind == LeaseKind::standing;
  remove_bin(b);
  // A node whose offers were withdrawn is still there; one without its standing lease is not ours.
  if (standing) unknow(n);
  forget_if_empty(n);
}

std::vector<AttemptRef> Pool::lose(std::string_view name) {
  std::vector<AttemptRef> booked;
  const auto at = by_name_.find(std::string(name));
  if (at == by_name_.end()) return booked;
  const std::uint32_t n = at->second;
  for (const BookingId b : nodes_[n].bookings) booked.push_back(bookings_[b].attempt);
  std::sort(booked.begin(), booked.end());
  while (!nodes_[n].bins.empty()) remove_bin(nodes_[n].bins.back());
  unknow(n);
  forget_if_empty(n);
  return booked;
}

void Pool::set_draining(const std::string& name, bool draining) {
  if (draining) {
    draining_.insert(name);
  } else {
    draining_.erase(name);
  }
  const auto at = by_name_.find(name);
  if (at == by_name_.end() || nodes_[at->second].draining == draining) return;
  nodes_[at->second].draining = draining;
  index_capacity(at->second);
  index_bins(at->second);
  if (!draining) grew(at->second);
}

std::vector<LeaseId> Pool::settle_once(bool wanted) {
  std::vector<LeaseId> unwanted;
  while (!used_once_.empty()) remove_bin(used_once_.back());
  if (wanted && draining_.empty()) return unwanted;
  for (const std::uint32_t b : once_) {
    if (!wanted || nodes_[bins_[b].node].draining) unwanted.push_back(bins_[b].lease);
  }
  for (const LeaseId lease : unwanted) remove_bin(by_lease_.at(lease));
  std::sort(unwanted.begin(), unwanted.end());
  return unwanted;
}

// New dimensions: every row grows, so both indexes are made anew.
void Pool::rebuild() {
  scores_.forget();
  bins_index_ = FitIndex(dimensions_.count());
  capacity_index_ = FitIndex(dimensions_.count());
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (!nodes_[n].present) continue;
    for (const std::uint32_t b : nodes_[n].bins) bins_[b].free.resize(dimensions_.count(), 0);
    index_capacity(n);
    index_bins(n);
  }
  timeline_.rebuild();
  kept_.rebuild();
}

}  // namespace retz::pool
