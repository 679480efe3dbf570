#include "queue/steady_heads.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace retz::queue {

void SteadyHeads::pull(PartId part) {
  Node& n = nodes_[part];
  n.least = table_->parts[part].estimate;
  if (n.links.left != none) n.least = std::min(n.least, nodes_[n.links.left].least);
  if (n.links.right != none) n.least = std::min(n.least, nodes_[n.links.right].least);
}

SteadyHeads::Front& SteadyHeads::front(LaneId lane) {
  if (lane >= fronts_.size()) fronts_.resize(std::size_t{lane} + 1);
  return fronts_[lane];
}

PartId SteadyHeads::first_within(PartId root, Duration longest) const {
  if (root == none || nodes_[root].least > longest) return none;
  for (PartId at = root;;) {
    const Links& links = nodes_[at].links;
    if (links.left != none && nodes_[links.left].least <= longest) {
      at = links.left;
    } else if (table_->parts[at].estimate <= longest) {
      return at;
    } else {
      at = links.right;
    }
  }
}

void SteadyHeads::refresh(LaneId id) {
  const Lane& lane = table_->lanes[id];
  Front& f = front(id);
  f.first = lane.aside || lane.passed ? none : first_within(f.root, lane.longest);
  const auto sooner = [this](LaneId a, LaneId b) { return fronts_[a].key < fronts_[b].key; };
  if (f.first != none) f.key = nodes_[f.first].key;
  const std::size_t mine = f.first != none && table_->in_front(table_->parts[f.first]) ? 0 : 1;
  heaps_[1 - mine].erase(id, sooner);
  if (f.first == none) {
    heaps_[mine].erase(id, sooner);
  } else {
    heaps_[mine].put(id, sooner);
  }
}

void SteadyHeads::enter(PartId id) {
  if (id >= nodes_.size()) nodes_.resize(std::size_t{id} + 1);
  const Part& part = table_->parts[id];
  nodes_[id].key = table_->key(*ordering_, part, part.shown);
  Treap(*this).insert(front(part.lane).root, id);
  refresh(part.lane);
}

void SteadyHeads::leave(PartId id) {
  const Part& part = table_->parts[id];
  Treap(*this).erase(front(part.lane).root, id);
  refresh(part.lane);
}

void SteadyHeads::renew(PartId id) {
  const Part& part = table_->parts[id];
  PartId& root = front(part.lane).root;
  const bool alone = root == id && nodes_[id].links.left == none && nodes_[id].links.right == none;
  if (!alone) Treap(*this).erase(root, id);
  nodes_[id].key = table_->key(*ordering_, part, part.shown);
  if (!alone) Treap(*this).insert(root, id);
  refresh(part.lane);
}

void SteadyHeads::lane_changed(LaneId lane, bool) {
  refresh(lane);
}

PartId SteadyHeads::top_of(Show show) const {
  const PartId a = heaps_[0].empty() ? none : fronts_[heaps_[0].top()].first;
  if (show == Show::that_may_fit || heaps_[1].empty()) return a;
  const PartId b = fronts_[heaps_[1].top()].first;
  return a != none && before(a, b) ? a : b;
}

void SteadyHeads::check() {
  for (LaneId id = 0; id < fronts_.size(); ++id) {
    PartId first = none;
    for (const PartId p : table_->lanes[id].parts) {
      const Part& part = table_->parts[p];
      if (!Table::listed(part)) continue;
      RETZ_ASSERT(nodes_[p].key == table_->key(*ordering_, part, part.shown));
      if (table_->visible(part) && (first == none || before(p, first))) first = p;
    }
    RETZ_ASSERT(fronts_[id].first == first);
    RETZ_ASSERT(first == none || fronts_[id].key == nodes_[first].key);
    const bool in_front = first != none && table_->in_front(table_->parts[first]);
    RETZ_ASSERT(heaps_[0].contains(id) == in_front);
    RETZ_ASSERT(heaps_[1].contains(id) == (first != none && !in_front));
  }
}

}  // namespace retz::queue
