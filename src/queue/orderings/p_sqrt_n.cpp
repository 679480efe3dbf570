// Estimate times the root of the cpus: between the shortest and the smallest area.
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class PSqrtN final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "p_sqrt_n"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{in_seconds(job.estimate) * std::sqrt(cpus(job)), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> p_sqrt_n() {
  return std::make_shared<const PSqrtN>();
}

}  // namespace retz::orderings
