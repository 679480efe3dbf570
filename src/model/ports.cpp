#include "model/ports.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace retz::model {

PortSet::PortSet(std::span<const PortRange> ranges) {
  std::vector<PortRange> sorted(ranges.begin(), ranges.end());
  std::erase_if(sorted, [](const PortRange& r) { return r.first > r.last; });
  std::sort(sorted.begin(), sorted.end());
  for (const PortRange& r : sorted) {
    if (!ranges_.empty() && std::int32_t{r.first} <= std::int32_t{ranges_.back().last} + 1) {
      ranges_.back().last = std::max(ranges_.back().last, r.last);
    } else {
      ranges_.push_back(r);
    }
  }
  for (const PortRange& r : ranges_) count_ += std::int64_t{r.last} - r.first + 1;
}

namespace {

// The first range that ends at `port` or later.
auto reaching(std::vector<PortRange>& ranges, std::uint16_t port) {
  return std::lower_bound(ranges.begin(), ranges.end(), port,
                          [](const PortRange& r, std::uint16_t p) { return r.last < p; });
}

}  // namespace

bool PortSet::contains(std::uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [port](const PortRange& r) { return r.first <= port && port <= r.last; });
}

std::vector<std::uint16_t> PortSet::take(std::int32_t n) {
  RETZ_ASSERT(n >= 0 && n <= count_);
  std::vector<std::uint16_t> taken;
  taken.reserve(static_cast<std::size_t>(n));
  while (static_cast<std::int32_t>(taken.size()) < n) {
    const std::uint16_t port = ranges_.front().first;
    taken.push_back(port);
    erase(port);
  }
  return taken;
}

void PortSet::insert(std::uint16_t port) {
  const auto at = reaching(ranges_, port);
  if (at != ranges_.end() && at->first <= port) return;
  ++count_;
  const bool joins_next = at != ranges_.end() && at->first == port + 1;
  const bool joins_previous = at != ranges_.begin() && (at - 1)->last + 1 == port;
  if (joins_next && joins_previous) {
    (at - 1)->last = at->last;
    ranges_.erase(at);
  } else if (joins_next) {
    at->first = port;
  } else if (joins_previous) {
    (at - 1)->last = port;
  } else {
    ranges_.insert(at, {port, port});
  }
}

void PortSet::erase(std::uint16_t port) {
  const auto at = reaching(ranges_, port);
  if (at == ranges_.end() || at->first > port) return;
  --count_;
  if (at->first == at->last) {
    ranges_.erase(at);
  } else if (at->first == port) {
    ++at->first;
  } else if (at->last == port) {
    --at->last;
  } else {
    const PortRange before{at->first, static_cast<std::uint16_t>(port - 1)};
    at->first = static_cast<std::uint16_t>(port + 1);
    ranges_.insert(at, before);
  }
}

}  // namespace retz::model
