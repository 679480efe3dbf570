#include "pool/scores.hpp"

namespace retz::pool {

namespace {

constexpr std::size_t rankings_max = 1024;
constexpr std::size_t scores_max = std::size_t{1} << 22U;  // over all rankings

}  // namespace

void Scores::forget() {
  rankings_.clear();
  at_.clear();
  begin_ += journal_.size();
  journal_.clear();
}

Scores::Ranking& Scores::ranking_of(const Request& request, std::uint32_t bins) {
  // A journal longer than this is not worth reading.
  if (journal_.size() > std::size_t{4} * bins + 1024) {
    begin_ += journal_.size();
    journal_.clear();
  }
  ++clock_;
  const auto at = at_.find(request);
  if (at != at_.end()) {
    rankings_[at->second].asked = clock_;
    return rankings_[at->second];
  }
  const std::size_t most = std::min(rankings_max, scores_max / (bins + 1) + 8);
  auto number = static_cast<std::uint32_t>(rankings_.size());
  if (number < most) {
    rankings_.emplace_back();
  } else {
    const auto oldest =
        std::min_element(rankings_.begin(), rankings_.end(),
                         [](const Ranking& a, const Ranking& b) { return a.asked < b.asked; });
    number = static_cast<std::uint32_t>(oldest - rankings_.begin());
    at_.erase(oldest->request);
    *oldest = {};
  }
  at_.emplace(request, number);
  rankings_[number].request = request;
  rankings_[number].asked = clock_;
  return rankings_[number];
}

}  // namespace retz::pool
