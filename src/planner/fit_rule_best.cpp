// The lease with the fewest free cpus: keeps large gaps for large jobs.
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class Best final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "best"; }
  FitOrder order() const noexcept override { return FitOrder::least_cpus; }
  double score(const Request& request, const LeaseView& lease) const override {
    return static_cast<double>(lease.free.cpus - request.amounts.cpus);
  }
};

}  // namespace

std::shared_ptr<const FitRule> best() {
  return std::make_shared<const Best>();
}

}  // namespace retz::fit_rules
