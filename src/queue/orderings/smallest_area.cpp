// Smallest area first (SAF): estimate times cpus.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class SmallestArea final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "smallest_area"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{in_seconds(job.estimate) * cpus(job), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> smallest_area() {
  return std::make_shared<const SmallestArea>();
}

}  // namespace retz::orderings
