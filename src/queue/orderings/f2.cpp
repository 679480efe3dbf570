// F2 of Carastan-Santos and de Camargo, "Obtaining dynamic scheduling
// policies with simulation and machine learning", SC 2017.
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class F2 final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "f2"; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{std::sqrt(in_seconds(job.estimate)) * cpus(job) + 25600 * log_submission(job), 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> f2() {
  return std::make_shared<const F2>();
}

}  // namespace retz::orderings
