#include "queue/changing_heads.hpp"

#include <algorithm>

#include "queue/steady_heads.hpp"

namespace retz::queue {

std::unique_ptr<Heads> make_heads(Table& table, const Ordering& ordering) {
  if (ordering.rank_changes() == RankChanges::never) {
    return std::make_unique<SteadyHeads>(table, ordering);
  }
  return std::make_unique<ChangingHeads>(table, ordering);
}

bool ChangingHeads::later(const Item& a, const Item& b) {
  return b.key < a.key;
}

// What has changed since an item was made leaves it behind, to be dropped when it surfaces.
bool ChangingHeads::holds(const Item& i, bool front) const {
  const Part& part = table_->parts[i.part];
  return part.lane != none && part.shown == i.ticket && table_->visible(part) &&
         table_->in_front(part) == front;
}

ChangingHeads::Item ChangingHeads::item(PartId id, bool before) const {
  const Part& part = table_->parts[id];
  return {table_->key(*ordering_, part, part.shown, before), id, part.shown};
}

std::size_t ChangingHeads::bundle_of(PartId part) const {
  return by_user_ ? table_->parts[part].user : 0;
}

void ChangingHeads::begin_pass() {
  passing_ = true;
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

void ChangingHeads::rank_first(Side& side, std::size_t bundle) {
  Bundle& b = side.bundles[bundle];
  const auto sooner = [&side](std::uint32_t x, std::uint32_t y) {
    return side.bundles[x].first < side.bundles[y].first;
  };
  const auto id = static_cast<std::uint32_t>(bundle);
  if (b.items.empty()) return side.order.erase(id, sooner);
  const Item& top = b.items.front();
  b.first = by_user_ ? table_->key(*ordering_, table_->parts[top.part], top.ticket) : top.key;
  side.order.put(id, sooner);
}

void ChangingHeads::push(Side& side, PartId part) {
  const std::size_t bundle = bundle_of(part);
  if (bundle >= side.bundles.size()) side.bundles.resize(bundle + 1);
  std::vector<Item>& items = side.bundles[bundle].items;
  if (items.empty()) side.used.push_back(static_cast<std::uint32_t>(bundle));
  items.push_back(item(part, true));
}

void ChangingHeads::build(bool front) {
  Side& side = sides_[front ? 1 : 0];
  side.built = true;
  side.glimpse.reset();
  for (const Lane& lane : table_->lanes) {
    if (lane.aside || lane.passed || (front && lane.blocked && lane.overdue == 0)) continue;
    if (!front && !lane.blocked) continue;
    for (const PartId p : lane.parts) {
      const Part& part = table_->parts[p];
      if (table_->visible(part) && table_->in_front(part) == front) push(side, p);
    }
  }
  for (const std::uint32_t b : side.used) {
    std::vector<Item>& items = side.bundles[b].items;
    std::make_heap(items.begin(), items.end(), later);
    rank_first(side, b);
  }
}

void ChangingHeads::look(Side& side) {
  for (const Lane& lane : table_->lanes) {
    if (lane.aside || lane.passed || !lane.blocked) continue;
    for (const PartId p : lane.parts) {
      const Part& part = table_->parts[p];
      if (!table_->visible(part) || part.overdue) continue;
      const Item i = item(p, false);
      if (!side.glimpse || i.key < side.glimpse->key) side.glimpse = i;
    }
  }
}

const ChangingHeads::Item* ChangingHeads::foremost(bool front) {
  Side& side = sides_[front ? 1 : 0];
  if (!front && !side.built && !side.glimpse) {
    look(side);
    if (!side.glimpse) side.built = true;  // nothing there
  }
  if (side.glimpse) {
    if (holds(*side.glimpse, front)) return &*side.glimpse;
    build(front);
  }
  if (!side.built) build(front);
  while (!side.order.empty()) {
    const std::uint32_t at = side.order.top();
    std::vector<Item>& items = side.bundles[at].items;
    if (holds(items.front(), front)) return &items.front();
    std::pop_heap(items.begin(), items.end(), later);
    items.pop_back();
    rank_first(side, at);
  }
  return nullptr;
}

PartId ChangingHeads::top(Show show) {
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
  std::optional<Item> best;
  for (const Lane& lane : table_->lanes) {
    for (const PartId p : lane.parts) {
      if (!table_->visible(table_->parts[p])) continue;
      const Item i = item(p, false);
      if (!best || i.key < best->key) best = i;
    }
  }
  return best ? best->part : none;
}

void ChangingHeads::enter(PartId id) {
  if (!passing_) return;
  Side& side = sides_[table_->in_front(table_->parts[id]) ? 1 : 0];
  if (side.glimpse) {
    const Item i = item(id, false);
    if (i.key < side.glimpse->key) side.glimpse = i;
  }
  if (!side.built) return;
  push(side, id);
  const std::size_t bundle = bundle_of(id);
  std::vector<Item>& items = side.bundles[bundle].items;
  std::push_heap(items.begin(), items.end(), later);
  rank_first(side, bundle);
}

// Its items may have been dropped, or be on the other side.
void ChangingHeads::lane_opened(LaneId id) {
  if (!passing_) return;
  for (const PartId p : table_->lanes[id].parts) {
    if (table_->visible(table_->parts[p])) enter(p);
  }
}

void ChangingHeads::usage_changed(UserId user) {
  if (!passing_ || !by_user_) return;
  for (Side& side : sides_) {
    if (side.glimpse) {
      side.glimpse.reset();
      build(false);
    }
    if (side.built && user < side.bundles.size() && !side.bundles[user].items.empty()) {
      rank_first(side, user);
    }
  }
}

}  // namespace retz::queue
