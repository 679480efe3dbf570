// UNICEF of Tang, Lan, Desai and Buettner, "Fault-aware, utility-based
// job scheduling on Blue Gene/P systems", CLUSTER 2009: quick turnaround for
// small jobs.
#include <algorithm>
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class Unicef final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "unicef"; }
  RankChanges rank_changes() const noexcept override { return RankChanges::with_time; }
  Rank rank(const RankedJob& job, Instant now) const override {
    const double size = std::log2(std::max(cpus(job), 2.0)) * in_seconds(job.estimate);
    return {{-in_seconds(now - job.submitted) / size, 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> unicef() {
  return std::make_shared<const Unicef>();
}

}  // namespace retz::orderings
