// The order of arrival: every job ranks alike, and the queue goes by arrival among equals.
#include "retz/ordering.hpp"

namespace retz::orderings {

namespace {

class Fifo final : public Ordering {
 public:
  std::string_view name() const noexcept override { return "fifo"; }
  WithinClass within_class() const noexcept override { return WithinClass::alike; }
  Rank rank(const RankedJob&, Instant) const override { return {}; }
};

}  // namespace

std::shared_ptr<const Ordering> fifo() {
  return std::make_shared<const Fifo>();
}

}  // namespace retz::orderings
