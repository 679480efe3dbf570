// The heads of the classes where ranks change with time or usage: ranked in each pass, and of those
// only what the pass asks for.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "queue/heads.hpp"

namespace retz::queue {

/// What may fit is ranked when the first of it is asked for; of what does not, only the first is
/// looked for until a planner wants more. Heaps are by user where ranks change with usage, since a
/// start moves all jobs of one user, but not one before the other.
class ChangingHeads final : public Heads {
 public:
  ChangingHeads(Table& table, const Ordering& ordering)
      : table_(&table),
        ordering_(&ordering),
        by_user_(ordering.rank_changes() == RankChanges::with_usage) {}
  void enter(PartId part) override;
  void leave(PartId) override {}
  void lane_changed(LaneId) override {}
  void lane_opened(LaneId lane) override;
  void usage_changed(UserId user) override;
  void begin_pass() override;
  void end_pass() override;
  PartId top(Show show) override;
  PartId first() const override;
  void check() override {}

 private:
  struct Item {
    Key key;
    PartId part = none;
    Ticket ticket = none;
  };
  struct Bundle {
    std::vector<Item> items;  // a heap; ranked with the usage at the begin of the pass
    Key first;                // ranked with the usage now
  };
  struct Side {
    std::vector<Bundle> bundles;  // by user; else one
    std::vector<std::uint32_t> used;
    IndexedHeap order;
    bool built = false;
    std::optional<Item> glimpse;  // the first, without heaps
  };

  static bool later(const Item& a, const Item& b);
  bool holds(const Item& item, bool front) const;
  Item item(PartId part, bool before) const;
  std::size_t bundle_of(PartId part) const;
  void push(Side& side, PartId part);
  void rank_first(Side& side, std::size_t bundle);
  void build(bool front);
  void look(Side& side);
  const Item* foremost(bool front);

  Table* table_;
  const Ordering* ordering_;
  bool by_user_;
  bool passing_ = false;
  std::array<Side, 2> sides_;  // does not fit, may fit
};

}  // namespace retz::queue
