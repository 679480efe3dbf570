// Finds the first item, in an order by key, whose free amounts cover what is needed, without
// looking at all of them.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace retz::pool {

struct FitKey {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::uint64_t attempts = 0;
  std::uint64_t id = 0;  // unique
  friend auto operator<=>(const FitKey&, const FitKey&) = default;
};

/// A treap (Seidel and Aragon, Randomized Search Trees, 1996) ordered by key; each subtree knows
/// the most that any of its items has in each dimension, so a search leaves out subtrees in which
/// nothing can fit. The priorities are a hash of the item: the shape depends on nothing else. The
/// maxima of different dimensions may stem from different items, so in the worst case a search
/// visits more than a path.
class FitIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  explicit FitIndex(std::size_t dimensions) : dimensions_(dimensions) {}

  std::size_t dimensions() const { return dimensions_; }
  bool contains(std::uint32_t item) const { return item < nodes_.size() && nodes_[item].present; }
  const FitKey& key(std::uint32_t item) const { return nodes_[item].key; }

  /// Requires: `row` has a figure for each dimension.
  void insert(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row);
  void erase(std::uint32_t item);
  void update(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row);

  /// The first item in order that covers `need` and that `accept(item)` takes; else none.
  template <class Accept>
  std::uint32_t find(std::span<const std::int64_t> need, const Accept& accept) const {
    return find_in(root_, need.data(), accept);
  }

  /// Order, heap and maxima hold everywhere.
  bool consistent() const;
  std::span<const std::int64_t> row(std::uint32_t item) const { return {own(item), dimensions_}; }

 private:
  struct Node {
    FitKey key;
    std::uint32_t left = none, right = none;
    std::uint64_t priority = 0;
    bool present = false;
  };

  const std::int64_t* own(std::uint32_t i) const { return &rows_[i * dimensions_ * 2]; }
  const std::int64_t* most(std::uint32_t i) const { return own(i) + dimensions_; }
  bool covers(const std::int64_t* have, const std::int64_t* need) const {
    for (std::size_t d = 0; d < dimensions_; ++d) {
      if (have[d] < need[d]) return false;
    }
    return true;
  }

  template <class Accept>
  std::uint32_t find_in(std::uint32_t top, const std::int64_t* need, const Accept& accept) const {
    while (top != none && covers(most(top), need)) {
      const std::uint32_t found = find_in(nodes_[top].left, need, accept);
      if (found != none) return found;
      if (covers(own(top), need) && accept(top)) return top;
      top = nodes_[top].right;
    }
    return none;
  }

  void set_row(std::uint32_t item, std::span<const std::int64_t> row);
  void pull(std::uint32_t top);
  std::uint32_t merge(std::uint32_t a, std::uint32_t b);
  void split(std::uint32_t top, const FitKey& key, std::uint32_t& left, std::uint32_t& right);
  std::uint32_t insert_at(std::uint32_t top, std::uint32_t item);
  std::uint32_t erase_at(std::uint32_t top, std::uint32_t item);
  void pull_path(std::uint32_t top, std::uint32_t item);
  bool consistent_at(std::uint32_t top) const;

  std::size_t dimensions_;
  std::vector<Node> nodes_;         // by item
  std::vector<std::int64_t> rows_;  // by item: its own figures, then the maxima of its subtree
  std::uint32_t root_ = none;
};

}  // namespace retz::pool
