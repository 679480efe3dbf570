// F4 of Carastan-Santos and de Camargo, "Obtaining dynamic scheduling
// policies with simulation and machine learning", SC 2017.
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class F4 final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "f4"; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{in_seconds(job.estimate) * std::sqrt(cpus(job)) + 530000 * log_submission(job), 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> f4() {
  return std::make_shared<const F4>();
}

}  // namespace retz::orderings
