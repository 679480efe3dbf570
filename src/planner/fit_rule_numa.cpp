// Where a request is for one machine's memory and caches; until nodes tell of theirs, as best.
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class Numa final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "numa"; }
  FitOrder order() const noexcept override { return FitOrder::least_cpus; }
  double score(const Request& request, const LeaseView& lease) const override {
    return static_cast<double>(lease.free.cpus - request.amounts.cpus);
  }
};

}  // namespace

std::shared_ptr<const FitRule> numa() {
  return std::make_shared<const Numa>();
}

}  // namespace retz::fit_rules
