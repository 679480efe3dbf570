// The longest chain of jobs that depend on each other first: HLF of Hu, "Parallel sequencing and
// assembly line problems", Operations Research 1961, by estimates.
#include "queue/orderings/terms.hpp"
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class CriticalPath final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "critical_path"; }
  WithinClass within_class() const noexcept override { return WithinClass::by_rank; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{-in_seconds(job.critical_path), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> critical_path() {
  return std::make_shared<const CriticalPath>();
}

}  // namespace retz::orderings
