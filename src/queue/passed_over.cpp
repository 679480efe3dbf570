#include "queue/passed_over.hpp"

#include <algorithm>

namespace retz::queue {

void PassedOver::started(const Key& key, Instant now) {
  if (starts_.size() < starts_max) {
    starts_.push_back({key, now});
    return;
  }
  forgotten_ = starts_[next_].at;
  starts_[next_] = {key, now};
  next_ = (next_ + 1) % starts_max;
}

Explanation::PassedOver PassedOver::of(const Key& key, Instant since) const {
  Explanation::PassedOver out;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const Start& s = starts_[(next_ + starts_.size() - 1 - i) % starts_.size()];
    if (s.at < since) return out;
    if (!(key < s.key)) continue;
    if (out.times++ > 0) continue;
    out.last = s.key.job;
    out.at = s.at;
  }
  out.at_least = forgotten_ && *forgotten_ >= since;
  return out;
}

void PassedOver::forget() {
  for (const Start& s : starts_) forgotten_ = std::max(forgotten_.value_or(s.at), s.at);
  starts_.clear();
  next_ = 0;
}

}  // namespace retz::queue
