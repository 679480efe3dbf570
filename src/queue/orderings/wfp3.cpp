// WFP3 of Tang, Lan, Desai and Buettner, "Fault-aware, utility-based
// job scheduling on Blue Gene/P systems", CLUSTER 2009: waits against estimates, cubed, and
// wide jobs first.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class Wfp3 final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "wfp3"; }
  RankChanges rank_changes() const noexcept override { return RankChanges::with_time; }
  Rank rank(const RankedJob& job, Instant now) const override {
    const double ratio = -in_seconds(now - job.submitted) / in_seconds(job.estimate);
    return {{ratio * ratio * ratio * cpus(job), 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> wfp3() {
  return std::make_shared<const Wfp3>();
}

}  // namespace retz::orderings
