// What breaks up the least of what typical requests could use: Fragmentation Gradient Descent (Weng
// et al., USENIX ATC 2023). With typical requests given it is theirs to the digit: whole-numbered
// scores, ties by the node's name. Without, those of live jobs count, and what little the score
// leaves open goes to the fullest node.
#include <cmath>
#include <utility>
#include <vector>

#include "planner/fragments.hpp"
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class Published final : public FitRule {
 public:
  explicit Published(std::vector<TypicalRequest> typical) : typical_(std::move(typical)) {}
  std::string_view name() const noexcept override { return "fragmentation"; }
  bool ties_by_name() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    const double change =
        planner::gradient(request, lease, typical_, planner::Wishes::models).change;
    return -std::trunc(100 / (1 + std::exp(change / 1000)));
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    return planner::gradient(request, lease, typical_, planner::Wishes::models).device;
  }

 private:
  std::vector<TypicalRequest> typical_;
};

class OfLiveJobs final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "fragmentation"; }
  bool asks_typical() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    const double change =
        planner::gradient(request, lease, lease.typical, planner::Wishes::models).change;
    return change + planner::left_over(request, lease);
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    return planner::gradient(request, lease, lease.typical, planner::Wishes::models).device;
  }
};

}  // namespace

std::shared_ptr<const FitRule> fragmentation(std::vector<TypicalRequest> typical) {
  if (typical.empty()) return std::make_shared<const OfLiveJobs>();
  return std::make_shared<const Published>(std::move(typical));
}

}  // namespace retz::fit_rules
