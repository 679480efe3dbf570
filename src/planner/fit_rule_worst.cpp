// The lease with the most free cpus: spreads the load.
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class Worst final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "worst"; }
  FitOrder order() const noexcept override { return FitOrder::most_cpus; }
  double score(const Request& request, const LeaseView& lease) const override {
    return static_cast<double>(request.amounts.cpus - lease.free.cpus);
  }
};

}  // namespace

std::shared_ptr<const FitRule> worst() {
  return std::make_shared<const Worst>();
}

}  // namespace retz::fit_rules
