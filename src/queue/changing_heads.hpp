// The heads of the classes where ranks change with time or usage: ranked in each pass, and of those
// only what the pass asks for.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "queue/heads.hpp"

namespace retz::queue {

/// What may fit is ranked when the first of it is asked for; of what does not, only the first is
/// looked for until a planner wants more. Heads are in bundles, and the bundles in a heap. A bundle
/// is a lane, which is passed over as a whole; where ranks change with usage it is a user, whose
/// starts move all jobs of the user, but not one before the other.
class ChangingHeads final : public Heads {
 public:
  ChangingHeads(Table& table, const Ordering& ordering)
      : table_(&table),
        ordering_(&ordering),
        by_user_(ordering.rank_changes() == RankChanges::with_usage) {}
  void enter(PartId part) override;
  void leave(PartId part) override { seats_[part].ticket = none; }
  void renew(PartId part) override { enter(part); }
  void lane_changed(LaneId lane, bool opened) override;
  void open(LaneId lane);
  void usage_changed(UserId user) override;
  void begin_pass() override { passing_ = true; }
  void end_pass() override;
  PartId top(Show show) override;
  PartId first() const override;
  void check() override;

 private:
  /// All that a rank is made of, side by side: ranking ten thousand must not read all over the
  /// memory.
  struct Seat {
    Ticket ticket = none;  // shown; none: not listed
    LaneId lane = none;
    Arrival arrival;
    JobId job;
    const Request* request = nullptr;
    std::string_view user_name;
    Instant submitted{};
    Duration estimate{0};
    UserId user = 0;
    std::int32_t priority = 0;
    bool overdue = false;
  };
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
    std::vector<Bundle> bundles;
    std::vector<std::uint32_t> used;
    IndexedHeap order;
    bool built = false;
    std::optional<Item> glimpse;  // the first, without heaps
  };

  static bool later(const Item& a, const Item& b);
  void seat(PartId part);
  Key key(const Seat& seat, bool before) const;
  bool visible(const Seat& seat) const;
  bool holds(const Item& item, bool front) const;
  std::uint32_t bundle_of(const Seat& seat) const { return by_user_ ? seat.user : seat.lane; }
  void push(Side& side, PartId part);
  void rank_first(Side& side, std::uint32_t bundle);
  void build(bool front);
  std::optional<Item> look(bool all) const;
  const Item* foremost(bool front);

  Table* table_;
  const Ordering* ordering_;
  bool by_user_;
  bool passing_ = false;
  std::vector<Seat> seats_;    // by part
  std::array<Side, 2> sides_;  // does not fit, may fit
};

}  // namespace retz::queue
