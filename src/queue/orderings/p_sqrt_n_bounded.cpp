// Estimate, ten seconds at least, times the root of the cpus: shorter jobs gain nothing in the
// bounded slowdown by going first.
#include <algorithm>
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class PSqrtNBounded final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "p_sqrt_n_bounded"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{std::max(in_seconds(job.estimate), 10.0) * std::sqrt(cpus(job)), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> p_sqrt_n_bounded() {
  return std::make_shared<const PSqrtNBounded>();
}

}  // namespace retz::orderings
