// Largest expansion factor first (LXF): what the slowdown would be if it started now.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class LargestExpansion final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "largest_expansion"; }
  RankChanges rank_changes() const noexcept override { return RankChanges::with_time; }
  Rank rank(const RankedJob& job, Instant now) const override {
    const double p = in_seconds(job.estimate);
    return {{-(in_seconds(now - job.submitted) + p) / p, 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> largest_expansion() {
  return std::make_shared<const LargestExpansion>();
}

}  // namespace retz::orderings
