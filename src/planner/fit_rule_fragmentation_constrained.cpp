// Fragmentation that knows constraints: a node counts as lost to a typical request that may not run
// there, by its constraints as by the models of GPUs that it names, so that what few may use is
// used first by those few.
#include <utility>
#include <vector>

#include "planner/fragments.hpp"
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class Constrained final : public FitRule {
 public:
  explicit Constrained(std::vector<TypicalRequest> typical) : typical_(std::move(typical)) {}
  std::string_view name() const noexcept override { return "fragmentation_constrained"; }
  bool asks_typical() const noexcept override { return typical_.empty(); }
  double score(const Request& request, const LeaseView& lease) const override {
    return of(request, lease).change + planner::left_over(request, lease);
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    return of(request, lease).device;
  }

 private:
  planner::Gradient of(const Request& request, const LeaseView& lease) const {
    const std::span<const TypicalRequest> typical =
        typical_.empty() ? lease.typical : std::span<const TypicalRequest>(typical_);
    return planner::gradient(request, lease, typical, planner::Wishes::constraints);
  }
  std::vector<TypicalRequest> typical_;
};

}  // namespace

std::shared_ptr<const FitRule> fragmentation_constrained(std::vector<TypicalRequest> typical) {
  return std::make_shared<const Constrained>(std::move(typical));
}

}  // namespace retz::fit_rules
