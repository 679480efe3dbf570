// Shortest estimate first, whatever the width.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class ShortestEstimate final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "shortest_estimate"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{in_seconds(job.estimate), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> shortest_estimate() {
  return std::make_shared<const ShortestEstimate>();
}

}  // namespace retz::orderings
