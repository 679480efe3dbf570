// Finds the first item, in an order by key, whose free amounts cover what is needed, without
// looking at all of them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace retz::pool {

struct FitKey {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::uint64_t last_use = 0;
  std::uint64_t id = 0;  // unique
  friend auto operator<=>(const FitKey&, const FitKey&) = default;
};

/// A B+ tree (Bayer and McCreight, 1972; all items in the leaves) ordered by key. Each entry of an
/// inner block knows the most that any item below it has in each dimension, and which marks any of
/// them carries, so that a search leaves out what cannot fit. The maxima of different dimensions
/// may stem from different items, so in the worst case a search visits more than a path. What it
/// finds depends on the keys alone, not on the shape.
class FitIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  static constexpr std::uint32_t width = 16;  // entries of a block

  explicit FitIndex(std::size_t dimensions);

  std::size_t dimensions() const { return dimensions_; }
  bool contains(std::uint32_t item) const {
    return item < leaf_of_.size() && leaf_of_[item] != none;
  }
  FitKey key(std::uint32_t item) const { return keys_[entry_of(item)]; }
  std::vector<std::int64_t> row(std::uint32_t item) const;
  std::uint64_t marks(std::uint32_t item) const { return marks_[entry_of(item)]; }

  /// Requires: `row` has a figure for each dimension; the item is not there.
  void insert(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row,
              std::uint64_t marks);
  void erase(std::uint32_t item);
  void update(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row,
              std::uint64_t marks);
  void set_marks(std::uint32_t item, std::uint64_t marks);

  /// The first item in order that covers `need`, carries all of `marks` and that `accept(item)`
  /// takes; else none.
  template <class Accept>
  std::uint32_t find(std::span<const std::int64_t> need, std::uint64_t marks,
                     const Accept& accept) const {
    return find_in(root_, need.data(), marks, accept);
  }

  /// The figures of an item, or the maxima of many: one a dimension.
  struct Figures {
    const std::int64_t* first = nullptr;
    std::int64_t operator[](std::size_t dimension) const { return first[dimension * width]; }
  };
  /// Calls look(item, id of its key, far of it) for items that carry all of `marks`, but for those
  /// that need not be looked at: `far(figures)` of them, or of the maxima of a block above them, is
  /// more than `most()` by then. What promises to be the least far comes first.
  template <class Far, class Most, class Look>
  void look_near(std::uint64_t marks, const Far& far, const Most& most, const Look& look) const {
    look_near_in(root_, marks, far, most, look);
  }

  /// Order, maxima and marks hold everywhere.
  bool consistent() const;

 private:
  struct Block {
    std::uint32_t count = 0;
    std::uint32_t parent = none;
    bool leaf = true;
  };

  std::size_t entry(std::uint32_t block, std::uint32_t i) const {
    return std::size_t{block} * width + i;
  }
  /// A column of figures: those of one dimension, by entry of the block.
  std::int64_t* column(std::uint32_t block, std::size_t dimension) {
    return &rows_[(std::size_t{block} * dimensions_ + dimension) * width];
  }
  const std::int64_t* column(std::uint32_t block, std::size_t dimension) const {
    return &rows_[(std::size_t{block} * dimensions_ + dimension) * width];
  }
  std::size_t entry_of(std::uint32_t item) const {
    return entry(leaf_of_[item], place_of(leaf_of_[item], item));
  }
  bool covers(std::uint32_t block, std::uint32_t i, const std::int64_t* need) const {
    for (std::size_t d = 1; d < dimensions_; ++d) {
      if (column(block, d)[i] < need[d]) return false;
    }
    return true;
  }

  template <class Accept>
  std::uint32_t find_in(std::uint32_t block, const std::int64_t* need, std::uint64_t marks,
                        const Accept& accept) const {
    const Block& b = blocks_[block];
    const std::int64_t* const first = column(block, 0);
    std::uint32_t able = 0;
    for (std::uint32_t i = 0; i < width; ++i) able |= std::uint32_t{first[i] >= need[0]} << i;
    able &= (1U << b.count) - 1U;
    for (; able != 0; able &= able - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(able));
      if ((marks_[entry(block, i)] & marks) != marks || !covers(block, i, need)) continue;
      const std::uint32_t id = ids_[entry(block, i)];
      if (!b.leaf) {
        const std::uint32_t found = find_in(id, need, marks, accept);
        if (found != none) return found;
      } else if (accept(id)) {
        return id;
      }
    }
    return none;
  }

  template <class Far, class Most, class Look>
  void look_near_in(std::uint32_t block, std::uint64_t marks, const Far& far, const Most& most,
                    const Look& look) const {
    const Block& b = blocks_[block];
    std::array<std::pair<std::int64_t, std::uint32_t>, width> order;
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < b.count; ++i) {
      if ((marks_[entry(block, i)] & marks) != marks) continue;
      const Figures figures{column(block, 0) + i};
      const std::int64_t distance = far(figures);
      if (distance > most()) continue;
      if (b.leaf) {
        look(ids_[entry(block, i)], keys_[entry(block, i)].id, distance);
      } else {
        order[count++] = {distance, i};
      }
    }
    std::sort(order.begin(), order.begin() + count);
    for (std::uint32_t i = 0; i < count && order[i].first <= most(); ++i) {
      look_near_in(ids_[entry(block, order[i].second)], marks, far, most, look);
    }
  }

  std::uint32_t place_of(std::uint32_t block, std::uint32_t id) const;
  std::uint32_t new_block(bool leaf);
  void set(std::uint32_t block, std::uint32_t i, const FitKey& key,
           std::span<const std::int64_t> row, std::uint64_t marks);
  void move(std::uint32_t from, std::uint32_t i, std::uint32_t to, std::uint32_t j);
  void open(std::uint32_t block, std::uint32_t i);
  void close(std::uint32_t block, std::uint32_t i);
  void adopt(std::uint32_t block, std::uint32_t i);
  bool summarize(std::uint32_t block, std::uint32_t parent, std::uint32_t i);
  void refresh(std::uint32_t block);
  std::uint32_t leaf_for(const FitKey& key) const;
  std::uint32_t split(std::uint32_t block);
  void grow_root();
  void shrink(std::uint32_t block);
  void drop(std::uint32_t block);
  void join(std::uint32_t left, std::uint32_t right);
  bool consistent_at(std::uint32_t block, const FitKey* low, const FitKey* high) const;

  std::size_t dimensions_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> unused_;   // blocks
  std::vector<FitKey> keys_;            // by entry; inner: not above any key below it
  std::vector<std::uint32_t> ids_;      // by entry; the item, inner: the block below
  std::vector<std::uint64_t> marks_;    // by entry
  std::vector<std::int64_t> rows_;      // by block, dimension, entry
  std::vector<std::uint32_t> leaf_of_;  // by item
  std::uint32_t root_ = 0;
};

}  // namespace retz::pool
