// The heads of the classes where ranks change with time or usage: ranked in each pass, and of those
// only what the pass asks for.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "model/fetch.hpp"
#include "queue/heads.hpp"

namespace retz::queue {

/// What may fit is ranked when the first of it is asked for; of what does not, only the first is
/// looked for until a planner wants more. Heads are in bundles, and the bundles in a heap. A bundle
/// is a lane, which is passed over as a whole; where ranks change with usage it is a user, whose
/// starts move all jobs of the user, but not one before the other.
///
/// The first of all is asked for by planners that let nobody pass it, in each pass: heads that only
/// the time of their submission tells apart, or of one user, are a tree of their own whose order
/// never changes, so that only the first of each tree is ranked.
class ChangingHeads final : public Heads {
 public:
  ChangingHeads(Table& table, const Ordering& ordering)
      : table_(&table),
        ordering_(&ordering),
        by_user_(ordering.rank_changes() == RankChanges::with_usage),
        planted_(ordering.within_class() != WithinClass::by_rank) {}
  void enter(PartId part) override;
  void leave(PartId part) override;
  void renew(PartId part) override;
  void lane_changed(LaneId lane, bool opened) override;
  void open(LaneId lane);
  void usage_changed(UserId user) override;
  void begin_pass() override {
    passing_ = true;
    looks_ = 0;
  }
  void end_pass() override;
  PartId top(Show show) override;
  PartId first() const override;
  void check() override;

  // As Treap wants it.
  Links& links(PartId part) { return nodes_[part].links; }
  bool before(PartId a, PartId b) const;
  void pull(PartId) const {}

 private:
  /// All that a rank is made of, in one line of the cache: ranking ten thousand must not read all
  /// over the memory.
  struct alignas(model::cache_line) Seat {
    Ticket ticket = none;  // shown; none: not listed
    LaneId lane = none;
    Arrival arrival;
    JobId job;
    const Request* request = nullptr;  // of the shape: few, so that they are near
    Instant submitted{};
    Duration estimate{0};
    UserId user = 0;
    std::int32_t priority = 0;
    bool overdue = false;
  };
  static_assert(sizeof(Seat) == model::cache_line);
  /// Its place in a tree.
  struct Node {
    Rank fixed;  // its rank among those of its tree, before its arrival
    Arrival arrival;
    JobId job;
    std::uint32_t tree = none;
    Links links;
  };
  /// What the heads of a tree have in common.
  struct Mark {
    bool overdue = false;
    UserId user = 0;  // where ranks change with usage
    Rank terms;       // where they change with time
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };
  struct Tree {
    PartId root = none;
    Mark mark;
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
  std::uint32_t tree_of(const Seat& seat, const RankedJob& job);
  void fix(PartId part);
  void plant(PartId part);
  void uproot(PartId part);
  std::optional<Item> first_of_trees() const;
  RankedJob ranked(const Seat& seat) const;
  Key key(const Seat& seat, bool before) const;
  bool visible(const Seat& seat) const;
  bool holds(const Item& item, bool front) const;
  std::uint32_t bundle_of(const Seat& seat) const { return by_user_ ? seat.user : seat.lane; }
  void bring(PartId part);
  void replant(LaneId lane);
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
  std::vector<Node> nodes_;    // by part
  std::array<Side, 2> sides_;  // does not fit, may fit
  std::map<Mark, std::uint32_t> tree_of_;
  std::vector<Tree> trees_;
  std::vector<std::uint32_t> unused_;  // of trees_
  bool planted_;                       // false: the ordering does not tell its terms
  std::uint32_t looks_ = 0;            // for the first of all, in this pass
};

}  // namespace retz::queue
