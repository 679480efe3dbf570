// From a key to the slot of the object that carries it; the keys themselves stay in the objects, so
// that an entry costs eight bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/fetch.hpp"

namespace retz::model {

/// Open addressing with linear probing and backward-shift deletion (Knuth, TAOCP 6.4, algorithm R):
/// no tombstones, so it does not slow down with history. Half of each key's hash lies beside its
/// slot: a probe that goes on reads the table alone, not the objects all over the memory. Keys that
/// follow each other lie side by side, eight in a line of the cache.
class SlotIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  /// `key_of(slot)` gives the key of a stored slot.
  template <class KeyOf>
  std::uint32_t find(std::uint64_t key, const KeyOf& key_of) const {
    return find_where(key, [&](std::uint32_t slot) { return key_of(slot) == key; });
  }
  /// The first slot under this key that is_it(slot) says yes to: where keys are not unique.
  template <class IsIt>
  std::uint32_t find_where(std::uint64_t key, const IsIt& is_it) const {
    if (table_.empty()) return none;
    const std::uint32_t hash = hash_of(key);
    for (std::size_t i = home(hash);; i = next(i)) {
      const Entry& entry = table_[i];
      if (entry.slot == none) return none;
      if (entry.hash == hash && is_it(entry.slot)) return entry.slot;
    }
  }

  /// What find() reads first, ahead of it.
  void fetch(std::uint64_t key) const {
    if (!table_.empty()) fetch_line(&table_[home(hash_of(key))]);
  }

  /// Requires: the key is not there with that slot.
  void insert(std::uint64_t key, std::uint32_t slot) {
    if ((count_ + 1) * 4 > table_.size() * 3) grow();
    place({hash_of(key), slot});
    ++count_;
  }

  /// Requires: the key is there, with that slot.
  void erase(std::uint64_t key, std::uint32_t slot) {
    std::size_t hole = home(hash_of(key));
    while (table_[hole].slot != slot) hole = next(hole);
    for (std::size_t i = next(hole); table_[i].slot != none; i = next(i)) {
      const std::size_t wanted = home(table_[i].hash);
      const bool reachable =
          hole <= i ? (wanted <= hole || wanted > i) : (wanted <= hole && wanted > i);
      if (!reachable) continue;
      table_[hole] = table_[i];
      hole = i;
    }
    table_[hole] = {};
    --count_;
  }

  std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t slot = none;
  };

  static constexpr std::uint32_t line = 8;  // entries

  // The upper half of a multiplicative hash (TAOCP 6.4) of all but the lowest bits, and those: the
  // upper bits of the former are the line, the latter the place in it.
  static std::uint32_t hash_of(std::uint64_t key) {
    const auto hash = static_cast<std::uint32_t>((key / line * 0x9E3779B97F4A7C15ULL) >> 32U);
    return hash / line * line + static_cast<std::uint32_t>(key % line);
  }
  std::size_t home(std::uint32_t hash) const {
    return (hash >> shift_) / line * line + hash % line;
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (table_.size() - 1); }
  void place(const Entry& entry) {
    std::size_t i = home(entry.hash);
    while (table_[i].slot != none) i = next(i);
    table_[i] = entry;
  }
  void grow() {
    const std::vector<Entry> old = std::move(table_);
    table_.assign(old.empty() ? 16 : old.size() * 2, {});
    shift_ = old.empty() ? 28 : shift_ - 1;
    for (const Entry& entry : old) {
      if (entry.slot != none) place(entry);
    }
  }

  std::vector<Entry> table_;
  std::size_t count_ = 0;
  unsigned shift_ = 28;  // 32 minus the logarithm of the table's size
};

}  // namespace retz::model
