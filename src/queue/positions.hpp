// How many jobs come before another, without walking along them.
#pragma once

#include <cstdint>

#include "queue/table.hpp"

namespace retz::queue {

/// Where the jobs of a class rank alike for ever, all jobs of equal rank are one sequence, and the
/// sequences a tree that sums up their sizes: logarithmic. Elsewhere each class is asked how many
/// of its jobs come before, by a binary search over their ranks.
class Positions {
 public:
  Positions(Table& table, const Ordering& ordering);

  /// The part's jobs come and go; of its first, and after its last.
  void add(PartId part, Ticket ticket);
  void remove(PartId part, Ticket ticket);

  /// The jobs before it that are not set aside. Jobs of its own class count in any case.
  std::uint64_t before(Ticket ticket) const;
  const Sequence& overdue() const { return overdue_; }
  void check() const;

  // As Treap wants it.
  Links& links(std::uint32_t group) { return groups_[group].links; }
  bool before(std::uint32_t a, std::uint32_t b) const { return groups_[a].rank < groups_[b].rank; }
  void pull(std::uint32_t group) const;

 private:
  struct Group {
    Rank rank;
    Links links;
    std::uint64_t sum = 0;  // jobs of its subtree
    std::uint32_t parts = 0;
    bool stale = false;  // its jobs came or went since `sum` was made
    Sequence jobs;
  };
  std::uint32_t group_of(const Rank& rank);
  void mark(std::uint32_t group);
  void sum_up() const;
  void touch(std::uint32_t root, std::uint32_t group) const;
  void sum_all(std::uint32_t group) const;
  std::uint64_t in_groups(const Key& key) const;
  std::uint64_t in_part(const Part& part, const Key& key) const;

  Table* table_;
  const Ordering* ordering_;
  bool grouped_;
  bool alike_;
  // Sums are made up when somebody asks: coming and going must cost nothing.
  mutable model::Slots<Group> groups_;
  mutable std::vector<std::uint32_t> stale_;
  std::uint32_t root_ = none;
  Sequence overdue_;
};

}  // namespace retz::queue
