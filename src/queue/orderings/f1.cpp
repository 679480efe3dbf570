// F1 of Carastan-Santos and de Camargo, "Obtaining dynamic scheduling
// policies with simulation and machine learning", SC 2017.
#include <cmath>

#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class F1 final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "f1"; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{std::log10(in_seconds(job.estimate)) * cpus(job) + 870 * log_submission(job), 0}};
  }
  std::optional<Rank> terms(const RankedJob& job) const override {
    return Rank{{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> f1() {
  return std::make_shared<const F1>();
}

}  // namespace retz::orderings
