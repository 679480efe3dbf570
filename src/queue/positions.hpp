// How many jobs come before another, without walking along them.
#pragma once

#include <cstdint>

#include "queue/table.hpp"

namespace retz::queue {

/// Jobs that rank alike, or that only the time of their submission tells apart, are one sequence, a
/// group. Where ranks never change groups are a tree that sums up their sizes: logarithmic.
/// Elsewhere each is asked how many of its jobs come before, by a binary search over their ranks;
/// where an ordering does not tell its terms, each class is.
class Positions {
 public:
  Positions(Table& table, const Ordering& ordering);

  /// The part's jobs come and go; of its first, and after its last.
  void add(PartId part, Ticket ticket);
  void remove(PartId part, Ticket ticket);
  /// What add() will read for a part that is in memory, ahead of it; one after the other.
  void fetch_group(const Part& part) const {
    if (part.group != none) model::fetch(groups_[part.group]);
  }
  void fetch_chunk(const Part& part) const {
    if (part.group != none) groups_[part.group].jobs.fetch_chunk();
  }
  void fetch_end(const Part& part) const {
    if (part.group != none) groups_[part.group].jobs.fetch_end();
  }

  /// The jobs before it that are not set aside. Jobs of its own class count in any case.
  std::uint64_t before(Ticket ticket) const;
  const Sequence& overdue() const { return overdue_; }
  void check() const;

  // As Treap wants it.
  Links& links(std::uint32_t group) { return groups_[group].links; }
  bool before(std::uint32_t a, std::uint32_t b) const { return groups_[a].mark < groups_[b].mark; }
  void pull(std::uint32_t group) const;

 private:
  /// What groups are made by.
  enum class By : std::uint8_t {
    nothing,        // there are none
    rank,           // which never changes
    rank_and_user,  // with the user's usage taken as none
    terms,          // of the ordering
  };
  struct Mark {
    Rank rank;
    UserId user = 0;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };
  struct Group {
    Mark mark;
    Links links;
    std::uint64_t sum = 0;  // jobs of its subtree
    std::uint32_t parts = 0;
    bool stale = false;  // its jobs came or went since `sum` was made
    Sequence jobs;
  };
  Mark mark_of(const Part& part, Ticket ticket) const;
  std::uint32_t group_of(const Mark& mark);
  void mark(std::uint32_t group);
  void sum_up() const;
  void touch(std::uint32_t root, std::uint32_t group) const;
  void sum_all(std::uint32_t group) const;
  std::uint64_t in_tree(const Key& key) const;
  std::uint64_t in_group(const Sequence& jobs, const Key& key) const;
  std::uint64_t set_aside(const Part& own, const Key& key) const;
  std::uint64_t in_part(const Part& part, const Key& key) const;

  Table* table_;
  const Ordering* ordering_;
  By by_ = By::nothing;
  bool alike_;
  // Sums are made up when somebody asks: coming and going must cost nothing.
  mutable model::Slots<Group> groups_;
  mutable std::vector<std::uint32_t> stale_;
  std::uint32_t root_ = none;
  Sequence overdue_;
};

}  // namespace retz::queue
