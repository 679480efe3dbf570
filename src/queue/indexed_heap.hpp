// A binary heap of small numbers whose elements can be found, moved and taken out (Sedgewick and
// Wayne, Algorithms, 4th edition, 2.4).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "queue/treap.hpp"

namespace retz::queue {

/// `before(a, b)` is a strict total order over the numbers within; where it changes for one, that
/// one is put again.
class IndexedHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::uint32_t top() const { return heap_.front(); }
  bool contains(std::uint32_t id) const { return id < place_.size() && place_[id] != none; }
  void clear() {
    for (const std::uint32_t id : heap_) place_[id] = none;
    heap_.clear();
  }
  /// In, or to where it belongs now.
  template <class Before>
  void put(std::uint32_t id, const Before& before) {
    if (id >= place_.size()) place_.resize(std::size_t{id} + 1, none);
    if (place_[id] == none) {
      place_[id] = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back(id);
    }
    settle(place_[id], before);
  }
  /// No effect when it is not within.
  template <class Before>
  void erase(std::uint32_t id, const Before& before) {
    if (!contains(id)) return;
    const std::uint32_t hole = place_[id];
    const std::uint32_t last = heap_.back();
    heap_.pop_back();
    place_[id] = none;
    if (last == id) return;
    set(hole, last);
    settle(hole, before);
  }

 private:
  void set(std::uint32_t place, std::uint32_t id) {
    heap_[place] = id;
    place_[id] = place;
  }
  template <class Before>
  void settle(std::uint32_t place, const Before& before) {
    const std::uint32_t id = heap_[place];
    while (place > 0 && before(id, heap_[(place - 1) / 2])) {
      set(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (std::uint32_t child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && before(heap_[child + 1], heap_[child])) ++child;
      if (!before(heap_[child], id)) break;
      set(place, heap_[child]);
      place = child;
    }
    set(place, id);
  }

  std::vector<std::uint32_t> heap_;
  std::vector<std::uint32_t> place_;  // by number
};

}  // namespace retz::queue
