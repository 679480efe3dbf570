// Smaller priority numbers first, as nice(1) has them; by arrival among equals.
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class Priority final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "priority"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob& job, Instant) const override {
    return {{static_cast<double>(job.priority), 0}};
  }
};

}  // namespace

std::shared_ptr<const Ordering> priority() {
  return std::make_shared<const Priority>();
}

}  // namespace retz::orderings
