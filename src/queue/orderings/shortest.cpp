// Shortest estimate first (SPF), of equal ones the one with fewer cpus.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class Shortest final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "shortest"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{in_seconds(job.estimate), cpus(job)}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> shortest() {
  return std::make_shared<const Shortest>();
}

}  // namespace retz::orderings
