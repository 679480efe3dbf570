// Waiting jobs in the order of their arrival, counted: chunks, as the leaves of a B+ tree whose
// only inner node is one flat array.
#pragma once

#include <cstdint>
#include <vector>

#include "model/fetch.hpp"
#include "model/slots.hpp"
#include "queue/entry.hpp"

namespace retz::queue {

/// In the order of submission where that is asked for: jobs that run again arrive anew.
///
/// A new arrival is appended in constant time, and the first leaves in constant time; elsewhere it
/// costs the search for a chunk. Each element carries its arrival, so that a search reads the
/// sequence and not the jobs all over the memory.
class Sequence {
 public:
  using Entries = model::Slots<Entry>;
  enum class By : std::uint8_t { arrival, submission };

  Sequence() = default;
  explicit Sequence(By by) : by_(by) {}

  /// Answers whether it is the first now.
  bool insert(const Entries& entries, Ticket ticket);
  /// Requires: it is there.
  void erase(const Entries& entries, Ticket ticket);

  /// What an append will read, ahead of it; one after the other.
  void fetch_chunk() const {
    if (!chunks_.empty()) model::fetch(chunks_.back());
  }
  void fetch_end() const {
    if (!chunks_.empty())
      model::fetch_line(chunks_.back().items.data() + chunks_.back().items.size());
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Requires: not empty.
  Ticket front() const { return chunks_[head_].at(0).ticket; }
  Ticket back() const { return last_.ticket; }
  /// The first after that arrival and job; none at the end. Requires: in the order of arrival.
  Ticket after(const Entries& entries, Arrival arrival, JobId job) const;
  /// How many come before it. Requires: in the order of arrival.
  std::size_t count_before(const Entries& entries, Arrival arrival, JobId job) const {
    const Place place{arrival.value, arrival, job};
    return count_while([&](const Element& e) { return precedes(entries, e, place); });
  }
  /// How many elements, from the first on, `ahead` says yes to. Requires: it says no to all that
  /// follow one to which it says no.
  template <class Ahead>
  std::size_t count_while_ticket(const Ahead& ahead) const {
    return count_while([&](const Element& e) { return ahead(e.ticket); });
  }
  /// In order.
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::size_t c = head_; c < chunks_.size(); ++c) {
      for (std::size_t i = 0; i < chunks_[c].size(); ++i) visit(chunks_[c].at(i).ticket);
    }
  }

 private:
  static constexpr std::size_t chunk_max = 128;

  struct Element {  // twelve bytes
    std::uint32_t high = 0, low = 0;
    Ticket ticket = 0;
    std::uint64_t key() const { return (std::uint64_t{high} << 32U) | low; }
  };
  struct Place {
    std::uint64_t key = 0;  // arrival or submission
    Arrival arrival;
    JobId job;
  };
  struct Chunk {
    std::vector<Element> items;
    std::uint32_t begin = 0;  // what stands before has left
    std::size_t size() const { return items.size() - begin; }
    const Element& at(std::size_t i) const { return items[begin + i]; }
    void erase(std::size_t i);
  };

  Place place_of(const Waiting& waiting) const;
  static bool precedes(const Entries& entries, const Element& e, const Place& place) {
    if (e.key() != place.key) return e.key() < place.key;
    const Waiting& w = entries[e.ticket].waiting;
    return w.arrival != place.arrival ? w.arrival < place.arrival : w.job < place.job;
  }
  /// The last chunk whose first element `ahead` says yes to; the first chunk if there is none.
  template <class Ahead>
  std::size_t chunk_of(const Ahead& ahead) const {
    if (head_ + 1 >= chunks_.size() || !ahead(chunks_[head_ + 1].at(0))) return head_;
    std::size_t low = head_ + 1, high = chunks_.size();
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      (ahead(chunks_[middle].at(0)) ? low : high) = middle;
    }
    return low;
  }
  template <class Ahead>
  static std::size_t within(const Chunk& chunk, const Ahead& ahead) {
    std::size_t low = 0, high = chunk.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (ahead(chunk.at(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  template <class Ahead>
  std::size_t count_while(const Ahead& ahead) const {
    if (empty()) return 0;
    const std::size_t last = chunk_of(ahead);
    std::size_t count = within(chunks_[last], ahead);
    for (std::size_t c = head_; c < last; ++c) count += chunks_[c].size();
    return count;
  }
  void append(const Element& element);
  void halve(std::size_t chunk);
  void drop(std::size_t chunk);
  void join_next(std::size_t chunk);

  By by_ = By::arrival;
  std::vector<Chunk> chunks_;
  std::size_t head_ = 0;  // chunks before it are gone
  std::size_t size_ = 0;
  Element last_;  // a copy, so that an arrival reads no chunk
};

}  // namespace retz::queue
