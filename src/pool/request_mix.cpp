#include "pool/request_mix.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace retz::pool {

std::uint32_t RequestMix::add(const Request& request) {
  if (!active_) return none;
  const auto [at, added] = at_.try_emplace(request, 0);
  if (added) {
    if (unused_.empty()) {
      at->second = static_cast<std::uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      at->second = unused_.back();
      unused_.pop_back();
    }
    entries_[at->second].request = request;
  }
  std::uint64_t& count = entries_[at->second].count;
  ++count;
  changed_ = changed_ || std::has_single_bit(count);
  return at->second;
}

void RequestMix::remove(std::uint32_t number) {
  if (number == none) return;
  Entry& entry = entries_[number];
  RETZ_ASSERT(entry.count > 0);
  changed_ = changed_ || std::has_single_bit(entry.count);
  if (--entry.count > 0) return;
  at_.erase(entry.request);
  entry.request = {};
  unused_.push_back(number);
}

std::span<const TypicalRequest> RequestMix::typical() {
  if (!changed_) return typical_;
  changed_ = false;
  ++version_;
  typical_.clear();
  double all = 0;
  for (const Entry& e : entries_) {
    if (e.count == 0) continue;
    typical_.push_back({e.request, static_cast<double>(std::bit_floor(e.count))});
    all += typical_.back().weight;
  }
  std::sort(typical_.begin(), typical_.end(), [](const TypicalRequest& a, const TypicalRequest& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.request < b.request;
  });
  double sum = 0;
  std::size_t kept = 0;
  while (kept < typical_.size() && sum < 0.95 * all) sum += typical_[kept++].weight;
  typical_.resize(kept);
  for (TypicalRequest& t : typical_) t.weight /= sum;
  return typical_;
}

}  // namespace retz::pool
