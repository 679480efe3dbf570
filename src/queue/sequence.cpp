#include "queue/sequence.hpp"

#include "base/assert.hpp"

namespace retz::queue {

namespace {

auto offset(std::size_t i) {
  return static_cast<std::ptrdiff_t>(i);
}

}  // namespace

// The sign bit turned, so that the order of the times is that of the keys.
Sequence::Place Sequence::place_of(const Waiting& w) const {
  const auto time = static_cast<std::uint64_t>(w.submitted.time_since_epoch().count());
  const std::uint64_t key = by_ == By::arrival ? w.arrival.value : time ^ (std::uint64_t{1} << 63U);
  return {key, w.arrival, w.job};
}

void Sequence::Chunk::erase(std::size_t i) {
  if (i == 0) {
    ++begin;
    if (begin * 2 < items.size()) return;
    items.erase(items.begin(), items.begin() + begin);
    begin = 0;
  } else {
    items.erase(items.begin() + begin + offset(i));
  }
}

void Sequence::append(const Element& element) {
  if (chunks_.empty()) {
    chunks_.emplace_back();
  } else if (chunks_.back().items.size() == chunk_max) {
    chunks_.emplace_back();
    chunks_.back().items.reserve(chunk_max);
  }
  chunks_.back().items.push_back(element);
  last_ = element;
  ++size_;
}

void Sequence::halve(std::size_t chunk) {
  Chunk upper;
  std::vector<Element>& items = chunks_[chunk].items;
  const auto middle = items.begin() + offset(chunks_[chunk].begin + chunks_[chunk].size() / 2);
  upper.items.reserve(chunk_max);
  upper.items.assign(middle, items.end());
  items.erase(middle, items.end());
  chunks_.insert(chunks_.begin() + offset(chunk) + 1, std::move(upper));
}

bool Sequence::insert(const Entries& entries, Ticket ticket) {
  const Place at = place_of(entries[ticket].waiting);
  const Element element{static_cast<std::uint32_t>(at.key >> 32U),
                        static_cast<std::uint32_t>(at.key), ticket};
  const auto ahead = [&](const Element& e) { return precedes(entries, e, at); };
  if (empty() || ahead(last_)) {
    append(element);
    return size_ == 1;
  }
  std::size_t chunk = chunk_of(ahead);
  if (chunks_[chunk].items.size() >= chunk_max) {
    halve(chunk);
    chunk = chunk_of(ahead);
  }
  Chunk& into = chunks_[chunk];
  const std::size_t place = into.begin + within(into, ahead);
  into.items.insert(into.items.begin() + offset(place), element);
  ++size_;
  return chunk == head_ && place == into.begin;
}

void Sequence::drop(std::size_t chunk) {
  if (chunk != head_) {
    chunks_.erase(chunks_.begin() + offset(chunk));
    return;
  }
  chunks_[chunk] = {};
  ++head_;
  if (head_ * 2 < chunks_.size()) return;
  chunks_.erase(chunks_.begin(), chunks_.begin() + offset(head_));
  head_ = 0;
}

// Chunks that few are left in would cost memory, and time in counting.
void Sequence::join_next(std::size_t chunk) {
  if (chunk + 1 >= chunks_.size()) return;
  Chunk& next = chunks_[chunk + 1];
  if (chunks_[chunk].size() + next.size() > chunk_max / 2) return;
  std::vector<Element>& items = chunks_[chunk].items;
  items.insert(items.end(), next.items.begin() + next.begin, next.items.end());
  chunks_.erase(chunks_.begin() + offset(chunk) + 1);
}

void Sequence::erase(const Entries& entries, Ticket ticket) {
  const Place at = place_of(entries[ticket].waiting);
  // Up to the element itself, so that the chunk that it leads is found.
  const auto up_to = [&](const Element& e) {
    return e.ticket == ticket || precedes(entries, e, at);
  };
  const std::size_t chunk = chunk_of(up_to);
  const std::size_t place = within(chunks_[chunk], up_to);
  RETZ_ASSERT(place > 0 && chunks_[chunk].at(place - 1).ticket == ticket);
  chunks_[chunk].erase(place - 1);
  --size_;
  if (chunks_[chunk].size() == 0) {
    drop(chunk);
  } else if (chunks_[chunk].size() < chunk_max / 8) {
    join_next(chunk);
  }
  if (last_.ticket == ticket && size_ > 0) last_ = chunks_.back().items.back();
}

Ticket Sequence::after(const Entries& entries, Arrival arrival, JobId job) const {
  if (empty()) return none;
  const Place at{arrival.value, arrival, job};
  const auto up_to = [&](const Element& e) {
    return precedes(entries, e, at) || (e.key() == at.key && entries[e.ticket].waiting.job == job);
  };
  const std::size_t chunk = chunk_of(up_to);
  const std::size_t place = within(chunks_[chunk], up_to);
  if (place < chunks_[chunk].size()) return chunks_[chunk].at(place).ticket;
  return chunk + 1 < chunks_.size() ? chunks_[chunk + 1].at(0).ticket : none;
}

}  // namespace retz::queue
