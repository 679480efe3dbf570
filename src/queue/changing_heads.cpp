#include "queue/changing_heads.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"
#include "queue/steady_heads.hpp"

namespace retz::queue {

std::unique_ptr<Heads> make_heads(Table& table, const Ordering& ordering) {
  if (ordering.rank_changes() == RankChanges::never) {
    return std::make_unique<SteadyHeads>(table, ordering);
  }
  return std::make_unique<ChangingHeads>(table, ordering);
}

namespace {

// Beyond so many in a pass, one look at all heads costs less.
constexpr std::uint32_t looks_max = 8;

}  // namespace

bool ChangingHeads::later(const Item& a, const Item& b) {
  return b.key < a.key;
}

void ChangingHeads::seat(PartId id) {
  const Part& part = table_->parts[id];
  const Waiting& w = table_->entries[part.shown].waiting;
  const model::ClassKey& of = table_->class_key(part);
  if (id >= seats_.size()) {
    seats_.resize(std::size_t{id} + 1);
    nodes_.resize(seats_.size());
  }
  const Request& request = table_->classes->request(Table::shape_of(part.lane));
  seats_[id] = {part.shown,  part.lane,   w.arrival, w.job,       &request,
                w.submitted, of.estimate, part.user, of.priority, part.overdue};
}

RankedJob ChangingHeads::ranked(const Seat& s) const {
  return {
      s.job,      table_->user_names[s.user], *s.request, s.priority, s.estimate, s.submitted, 0,
      Duration{0}};
}

Key ChangingHeads::key(const Seat& s, bool before) const {
  if (s.overdue) return {false, {}, s.arrival, s.job};
  return table_->key(*ordering_, ranked(s), s.user, s.arrival, before);
}

// --- trees whose order never changes

bool ChangingHeads::before(PartId a, PartId b) const {
  const Node &x = nodes_[a], &y = nodes_[b];
  return std::tie(x.fixed, x.arrival, x.job) < std::tie(y.fixed, y.arrival, y.job);
}

std::uint32_t ChangingHeads::tree_of(const Seat& s, const RankedJob& job) {
  Mark mark{s.overdue, 0, {}};
  if (by_user_) {
    mark.user = s.overdue ? 0 : s.user;
  } else if (!s.overdue) {
    mark.terms = comparable(*ordering_->terms(job));
  }
  const auto [at, added] = tree_of_.try_emplace(mark, none);
  if (!added) return at->second;
  if (unused_.empty()) {
    at->second = static_cast<std::uint32_t>(trees_.size());
    trees_.emplace_back();
  } else {
    at->second = unused_.back();
    unused_.pop_back();
  }
  trees_[at->second] = {none, mark};
  return at->second;
}

// With equal terms, who was submitted first ranks first; jobs that run again arrive anew.
void ChangingHeads::fix(PartId id) {
  const Seat& s = seats_[id];
  Node& n = nodes_[id];
  n.arrival = s.arrival;
  n.job = s.job;
  if (s.overdue) {
    n.fixed = {};
  } else if (by_user_) {
    n.fixed = comparable(ordering_->rank(ranked(s), table_->now));
  } else {
    n.fixed = {{static_cast<double>(s.submitted.time_since_epoch().count()), 0}};
  }
}

void ChangingHeads::plant(PartId id) {
  const Seat& s = seats_[id];
  const RankedJob job = ranked(s);
  if (!by_user_ && planted_) planted_ = ordering_->terms(job).has_value();
  if (!planted_ || table_->lanes[s.lane].aside) return;
  fix(id);
  nodes_[id].tree = tree_of(s, job);
  Treap(*this).insert(trees_[nodes_[id].tree].root, id);
}

void ChangingHeads::uproot(PartId id) {
  Node& n = nodes_[id];
  if (n.tree == none) return;
  Tree& tree = trees_[n.tree];
  Treap(*this).erase(tree.root, id);
  if (tree.root == none) {
    tree_of_.erase(tree.mark);
    unused_.push_back(n.tree);
  }
  n.tree = none;
}

// Of all, whether it may fit or not. Nothing: not known, as one of the first is not visible.
std::optional<ChangingHeads::Item> ChangingHeads::first_of_trees() const {
  std::optional<Item> best;
  if (!planted_) return best;
  for (const Tree& tree : trees_) {
    if (tree.root == none) continue;
    PartId p = tree.root;
    while (nodes_[p].links.left != none) p = nodes_[p].links.left;
    const Seat& s = seats_[p];
    if (!visible(s)) return std::nullopt;
    const Key k = key(s, false);
    if (!best || k < best->key) best = Item{k, p, s.ticket};
  }
  return best;
}

// --- what a pass shows

bool ChangingHeads::visible(const Seat& s) const {
  if (s.ticket == none) return false;
  const Lane& lane = table_->lanes[s.lane];
  return !lane.aside && !lane.passed && s.estimate <= lane.longest;
}

// What has changed since an item was made leaves it behind, to be dropped when it surfaces.
bool ChangingHeads::holds(const Item& i, bool front) const {
  const Seat& s = seats_[i.part];
  return s.ticket == i.ticket && visible(s) &&
         (s.overdue || !table_->lanes[s.lane].blocked) == front;
}

void ChangingHeads::end_pass() {
  passing_ = false;
  for (Side& side : sides_) {
    for (const std::uint32_t b : side.used) side.bundles[b].items.clear();
    side.used.clear();
    side.order.clear();
    side.built = false;
    side.glimpse.reset();
  }
}

void ChangingHeads::rank_first(Side& side, std::uint32_t id) {
  Bundle& b = side.bundles[id];
  const auto sooner = [&side](std::uint32_t x, std::uint32_t y) {
    return side.bundles[x].first < side.bundles[y].first;
  };
  while (!b.items.empty() && !holds(b.items.front(), &side == &sides_[1])) {
    std::pop_heap(b.items.begin(), b.items.end(), later);
    b.items.pop_back();
  }
  if (b.items.empty()) return side.order.erase(id, sooner);
  b.first = by_user_ ? key(seats_[b.items.front().part], false) : b.items.front().key;
  side.order.put(id, sooner);
}

void ChangingHeads::push(Side& side, PartId part) {
  const Seat& s = seats_[part];
  const std::uint32_t bundle = bundle_of(s);
  if (bundle >= side.bundles.size()) side.bundles.resize(std::size_t{bundle} + 1);
  std::vector<Item>& items = side.bundles[bundle].items;
  if (items.empty()) side.used.push_back(bundle);
  items.push_back({key(s, true), part, s.ticket});
}

void ChangingHeads::build(bool front) {
  Side& side = sides_[front ? 1 : 0];
  side.built = true;
  side.glimpse.reset();
  for (const Lane& lane : table_->lanes) {
    if (lane.aside || lane.passed || (front && lane.blocked && lane.overdue == 0)) continue;
    if (!front && !lane.blocked) continue;
    for (const PartId p : lane.parts) {
      if (p < seats_.size()) model::fetch_line(&seats_[p]);
    }
    for (const PartId p : lane.parts) {
      if (p >= seats_.size() || !visible(seats_[p])) continue;
      if ((seats_[p].overdue || !lane.blocked) == front) push(side, p);
    }
  }
  for (const std::uint32_t b : side.used) {
    std::vector<Item>& items = side.bundles[b].items;
    std::make_heap(items.begin(), items.end(), later);
    rank_first(side, b);
  }
}

// The first of those that do not fit, or of all.
std::optional<ChangingHeads::Item> ChangingHeads::look(bool all) const {
  std::optional<Item> best;
  for (PartId p = 0; p < seats_.size(); ++p) {
    const Seat& s = seats_[p];
    if (!visible(s) || (!all && (s.overdue || !table_->lanes[s.lane].blocked))) continue;
    const Key k = key(s, false);
    if (!best || k < best->key) best = Item{k, p, s.ticket};
  }
  return best;
}

const ChangingHeads::Item* ChangingHeads::foremost(bool front) {
  Side& side = sides_[front ? 1 : 0];
  if (!front && !side.built && !side.glimpse) {
    side.glimpse = look(false);
    if (!side.glimpse) side.built = true;  // nothing there
  }
  if (side.glimpse) {
    if (holds(*side.glimpse, front)) return &*side.glimpse;
    build(front);
  }
  if (!side.built) build(front);
  while (!side.order.empty()) {
    const std::uint32_t at = side.order.top();
    const Item& item = side.bundles[at].items.front();
    if (holds(item, front)) return &item;
    rank_first(side, at);
  }
  return nullptr;
}

PartId ChangingHeads::top(Show show) {
  if (show == Show::all && looks_ < looks_max && !sides_[0].built && !sides_[1].built) {
    ++looks_;
    if (const auto first = first_of_trees()) return first->part;
    looks_ = looks_max;
  }
  const Item* const a = foremost(true);
  if (show == Show::that_may_fit) return a == nullptr ? none : a->part;
  const Key here = a == nullptr ? Key{} : sides_[1].bundles[sides_[1].order.top()].first;
  const PartId part = a == nullptr ? none : a->part;
  const Item* const b = foremost(false);
  if (b == nullptr) return part;
  const Side& other = sides_[0];
  const Key& there = other.glimpse ? other.glimpse->key : other.bundles[other.order.top()].first;
  return part != none && here < there ? part : b->part;
}

PartId ChangingHeads::first() const {
  auto found = first_of_trees();
  if (!found) found = look(true);
  return found ? found->part : none;
}

void ChangingHeads::leave(PartId id) {
  uproot(id);
  seats_[id].ticket = none;
}

// A tree of one stays.
void ChangingHeads::renew(PartId id) {
  const std::uint32_t tree = nodes_[id].tree;
  if (tree == none) return enter(id);
  Treap(*this).erase(trees_[tree].root, id);
  seat(id);
  fix(id);
  Treap(*this).insert(trees_[tree].root, id);
  if (passing_) bring(id);
}

void ChangingHeads::enter(PartId id) {
  seat(id);
  plant(id);
  if (passing_) bring(id);
}

void ChangingHeads::bring(PartId id) {
  const Seat& s = seats_[id];
  Side& side = sides_[s.overdue || !table_->lanes[s.lane].blocked ? 1 : 0];
  if (side.glimpse && visible(s)) {
    const Key k = key(s, false);
    if (k < side.glimpse->key) side.glimpse = Item{k, id, s.ticket};
  }
  if (!side.built) return;
  push(side, id);
  std::vector<Item>& items = side.bundles[bundle_of(s)].items;
  std::push_heap(items.begin(), items.end(), later);
  rank_first(side, bundle_of(s));
}

// What is passed over leaves as a whole; so does what is set aside.
void ChangingHeads::lane_changed(LaneId id, bool opened) {
  if (opened) return open(id);
  if (!passing_) return replant(id);
  if (!passing_ || by_user_ || !table_->lanes[id].passed) return;
  for (Side& side : sides_) {
    if (id >= side.bundles.size()) continue;
    side.bundles[id].items.clear();
    rank_first(side, id);
  }
}

void ChangingHeads::replant(LaneId id) {
  const bool aside = table_->lanes[id].aside;
  for (const PartId p : table_->lanes[id].parts) {
    if (p >= seats_.size() || seats_[p].ticket == none) continue;
    if (!planted_ || aside == (nodes_[p].tree == none)) return;  // so are all of the lane
    aside ? uproot(p) : plant(p);
  }
}

// Its items may have been dropped, or be on the other side.
void ChangingHeads::open(LaneId id) {
  if (!passing_) return;
  for (const PartId p : table_->lanes[id].parts) {
    if (p < seats_.size() && visible(seats_[p])) bring(p);
  }
}

void ChangingHeads::usage_changed(UserId user) {
  if (!passing_ || !by_user_) return;
  for (Side& side : sides_) {
    if (side.glimpse) build(false);
    if (side.built && user < side.bundles.size() && !side.bundles[user].items.empty()) {
      rank_first(side, user);
    }
  }
}

void ChangingHeads::check() {
  for (PartId p = 0; p < seats_.size(); ++p) {
    const Seat& s = seats_[p];
    if (s.ticket == none) continue;
    const Part& part = table_->parts[p];
    RETZ_ASSERT(Table::listed(part) && part.shown == s.ticket && part.lane == s.lane);
    RETZ_ASSERT(!planted_ || (nodes_[p].tree == none) == table_->lanes[s.lane].aside);
    RETZ_ASSERT(table_->entries[s.ticket].waiting.job == s.job &&
                table_->class_key(part).request == *s.request);
  }
}

}  // namespace retz::queue
