// The user first whose dominant share of the cluster, summed over time with decay, is the least:
// Ghodsi et al., "Dominant resource fairness", NSDI 2011, over time as in Kay and Lauder, "A fair
// share scheduler", CACM 1988.
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class FairShare final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "fair_share"; }
  RankChanges rank_changes() const noexcept override { return RankChanges::with_usage; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override { return {{job.usage, 0}}; }
};

}  // namespace

std::shared_ptr<const Ordering> fair_share() {
  return std::make_shared<const FairShare>();
}

}  // namespace retz::orderings
