// From a key to the slot of the object that carries it; the keys themselves stay in the objects, so
// that an entry costs four bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace retz::model {

/// Open addressing with linear probing and backward-shift deletion (Knuth, TAOCP 6.4, algorithm R):
/// no tombstones, so it does not slow down with history. `KeyOf(slot)` gives the key, a 64-bit
/// number, of a stored slot.
class SlotIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  template <class KeyOf>
  std::uint32_t find(std::uint64_t key, const KeyOf& key_of) const {
    if (table_.empty()) return none;
    for (std::size_t i = home(key);; i = next(i)) {
      if (table_[i] == none || key_of(table_[i]) == key) return table_[i];
    }
  }

  /// Requires: the key is not there.
  template <class KeyOf>
  void insert(std::uint64_t key, std::uint32_t slot, const KeyOf& key_of) {
    if ((count_ + 1) * 4 > table_.size() * 3) grow(key_of);
    place(key, slot);
    ++count_;
  }

  /// Requires: the key is there.
  template <class KeyOf>
  void erase(std::uint64_t key, const KeyOf& key_of) {
    std::size_t hole = home(key);
    while (key_of(table_[hole]) != key) hole = next(hole);
    for (std::size_t i = next(hole); table_[i] != none; i = next(i)) {
      const std::size_t wanted = home(key_of(table_[i]));
      const bool reachable =
          hole <= i ? (wanted <= hole || wanted > i) : (wanted <= hole && wanted > i);
      if (!reachable) continue;
      table_[hole] = table_[i];
      hole = i;
    }
    table_[hole] = none;
    --count_;
  }

  std::size_t size() const { return count_; }

 private:
  std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> shift_);
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (table_.size() - 1); }
  void place(std::uint64_t key, std::uint32_t slot) {
    std::size_t i = home(key);
    while (table_[i] != none) i = next(i);
    table_[i] = slot;
  }
  template <class KeyOf>
  void grow(const KeyOf& key_of) {
    const std::vector<std::uint32_t> old = std::move(table_);
    table_.assign(old.empty() ? 16 : old.size() * 2, none);
    shift_ = old.empty() ? 60 : shift_ - 1;
    for (const std::uint32_t slot : old) {
      if (slot != none) place(key_of(slot), slot);
    }
  }

  std::vector<std::uint32_t> table_;
  std::size_t count_ = 0;
  unsigned shift_ = 60;  // 64 minus the logarithm of the table's size
};

}  // namespace retz::model
