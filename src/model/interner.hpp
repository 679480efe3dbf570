// Equal values share one small number for as long as somebody refers to it: a million jobs have few
// shapes, and what is no longer referred to leaves no trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace retz::model {

/// Numbers are dense and used again; a value stays where it is as long as it is referred to. `Hash`
/// is over the value.
template <class Value, class Hash>
class Interner {
 public:
  Interner() : found_(8, ById{this}, ById{this}) {}
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;

  /// The number of `value`, with one reference more.
  std::uint32_t acquire(const Value& value) {
    if (const auto at = found_.find(value); at != found_.end()) {
      ++entries_[*at].references;
      return *at;
    }
    std::uint32_t id = 0;
    if (free_.empty()) {
      id = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({value, 1});
    } else {
      id = free_.back();
      free_.pop_back();
      entries_[id] = {value, 1};
    }
    found_.insert(id);
    return id;
  }

  /// True when that was the last reference and the value is gone.
  bool release(std::uint32_t id) {
    RETZ_ASSERT(entries_[id].references > 0);
    if (--entries_[id].references > 0) return false;
    found_.erase(id);
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
  struct Entry {
    Value value;
    std::uint64_t references = 0;
  };
  // Looks up by value, stores the number only.
  struct ById {
    using is_transparent = void;
    const Interner* owner;
    std::size_t operator()(std::uint32_t id) const { return Hash{}((*owner)[id]); }
    std::size_t operator()(const Value& v) const { return Hash{}(v); }
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(std::uint32_t a, const Value& v) const { return (*owner)[a] == v; }
    bool operator()(const Value& v, std::uint32_t a) const { return (*owner)[a] == v; }
  };
  std::deque<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::unordered_set<std::uint32_t, ById, ById> found_;
};

}  // namespace retz::model
