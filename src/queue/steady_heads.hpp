// The heads of the classes where ranks never change: a tree a lane, and heaps of the lanes.
#pragma once

#include <array>
#include <vector>

#include "queue/heads.hpp"

namespace retz::queue {

/// A lane's tree knows the least estimate below each node: the first whose estimate is short enough
/// is found in logarithmic time. Lanes that may fit and those that do not have a heap each: a pass
/// that wants the former never touches the latter.
class SteadyHeads final : public Heads {
 public:
  SteadyHeads(Table& table, const Ordering& ordering) : table_(&table), ordering_(&ordering) {}
  void enter(PartId part) override;
  void leave(PartId part) override;
  void renew(PartId part) override;
  void lane_changed(LaneId lane, bool opened) override;
  void usage_changed(UserId) override {}
  void begin_pass() override {}
  void end_pass() override {}
  PartId top(Show show) override { return top_of(show); }
  PartId first() const override { return top_of(Show::all); }
  void check() override;

  // As Treap wants it.
  Links& links(PartId part) { return nodes_[part].links; }
  bool before(PartId a, PartId b) const { return nodes_[a].key < nodes_[b].key; }
  void pull(PartId part);

 private:
  struct Node {
    Key key;
    Links links;
    Duration least{0};  // estimate, of its subtree
  };
  struct Front {
    PartId root = none;
    PartId first = none;  // that is visible
    Key key;              // its
  };
  PartId top_of(Show show) const;
  PartId first_within(PartId root, Duration longest) const;
  void refresh(LaneId lane);
  Front& front(LaneId lane);

  Table* table_;
  const Ordering* ordering_;
  std::vector<Node> nodes_;           // by part
  std::vector<Front> fronts_;         // by lane
  std::array<IndexedHeap, 2> heaps_;  // may fit, does not
};

}  // namespace retz::queue
