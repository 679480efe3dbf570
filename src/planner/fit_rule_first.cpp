// The smallest lease id: fills machines in the order in which they were granted.
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class First final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "first"; }
  FitOrder order() const noexcept override { return FitOrder::by_lease; }
  double score(const Request&, const LeaseView&) const override { return 0; }
};

}  // namespace

std::shared_ptr<const FitRule> first() {
  return std::make_shared<const First>();
}

}  // namespace retz::fit_rules
