#include "engine/expected_ends.hpp"

#include <algorithm>

namespace retz::engine {

void ExpectedEnds::add(std::uint32_t attempt, Instant started, Duration estimate) {
  const std::uint32_t block = attempt / block_size;
  if (block >= blocks_.size()) {
    blocks_.resize(std::size_t{block} + 1);
    entries_.resize(blocks_.size() * block_size);
  }
  entries_[attempt] = {started, std::max(estimate, Duration{1})};
  blocks_[block].first = std::min(blocks_[block].first, entries_[attempt].end());
}

void ExpectedEnds::remove(std::uint32_t attempt) {
  Block& block = blocks_[attempt / block_size];
  if (entries_[attempt].end() == block.first) block.stale = true;
  entries_[attempt] = {};
}

void ExpectedEnds::look_again(std::uint32_t at, Instant now) const {
  Block& block = blocks_[at];
  block = {};
  for (std::uint32_t i = at * block_size; i < (at + 1) * block_size; ++i) {
    Entry& e = entries_[i];
    if (e.runs == Duration{0}) continue;
    while (e.end() <= now) e.runs *= 2;
    block.first = std::min(block.first, e.end());
  }
}

std::optional<Instant> ExpectedEnds::first(Instant now) const {
  Instant first = Instant::max();
  for (std::uint32_t at = 0; at < blocks_.size(); ++at) {
    if (blocks_[at].stale || blocks_[at].first <= now) look_again(at, now);
    first = std::min(first, blocks_[at].first);
  }
  return first == Instant::max() ? std::nullopt : std::optional(first);
}

}  // namespace retz::engine
