// Equal values share one small number for as long as somebody refers to it: a million jobs have few
// shapes, and what is no longer referred to leaves no trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "model/fetch.hpp"
#include "model/slot_index.hpp"

namespace retz::model {

/// Numbers are dense and used again; a value stays where it is as long as it is referred to. `Hash`
/// is over the value.
template <class Value, class Hash>
class Interner {
 public:
  Interner() = default;
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;

  /// The number of `value`, with one reference more.
  std::uint32_t acquire(const Value& value) {
    const std::uint64_t hash = Hash{}(value);
    const std::uint32_t id = find(hash, [&](const Value& known) { return known == value; });
    return id != none ? refer(id) : add(hash, value);
  }
  /// In steps, for who can tell a value without making it: the number of the one under its hash
  /// that is_it(value) says yes to; one reference more; a value that is not there, with one.
  template <class IsIt>
  std::uint32_t find(std::uint64_t hash, const IsIt& is_it) const {
    return found_.find_where(hash, [&](std::uint32_t at) { return is_it(entries_[at].value); });
  }
  std::uint32_t refer(std::uint32_t id) {
    ++entries_[id].references;
    return id;
  }
  std::uint32_t add(std::uint64_t hash, const Value& value) {
    std::uint32_t id = none;
    if (free_.empty()) {
      id = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({value, 1});
    } else {
      id = free_.back();
      free_.pop_back();
      entries_[id] = {value, 1};
    }
    found_.insert(hash, id);
    return id;
  }

  /// What find() will read, ahead of it: first one, later the other. The latter answers the number
  /// that is likely to be found.
  void fetch_hash(std::uint64_t hash) const { found_.fetch(hash); }
  std::uint32_t fetch_value(std::uint64_t hash) const {
    const std::uint32_t id = found_.find_where(hash, [](std::uint32_t) { return true; });
    if (id != none) fetch(entries_[id]);
    return id;
  }

  /// True when that was the last reference and the value is gone.
  bool release(std::uint32_t id) {
    RETZ_ASSERT(entries_[id].references > 0);
    if (--entries_[id].references > 0) return false;
    found_.erase(Hash{}(entries_[id].value), id);
    entries_[id].value = Value{};
    free_.push_back(id);
    return true;
  }

  const Value& operator[](std::uint32_t id) const { return entries_[id].value; }
  std::uint64_t references(std::uint32_t id) const { return entries_[id].references; }
  /// Numbers in use, and the largest ever in use plus one.
  std::size_t size() const { return entries_.size() - free_.size(); }
  std::size_t bound() const { return entries_.size(); }

 private:
  static constexpr std::uint32_t none = SlotIndex::none;
  struct Entry {
    Value value;
    std::uint64_t references = 0;
  };
  std::deque<Entry> entries_;
  std::vector<std::uint32_t> free_;
  SlotIndex found_;  // by hash
};

}  // namespace retz::model
