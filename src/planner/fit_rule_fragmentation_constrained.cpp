// Fragmentation that knows constraints. With typical requests given: what a placement adds to what
// will be left over in the end, and for each device of a model that few others can stand in for, a
// price, so that what few may use is kept for those few. Without, those of live jobs count: a node
// is lost to one that may not run there, by its constraints as by the models of GPUs that it names.
#include <numeric>
#include <utility>
#include <vector>

#include "model/gpus.hpp"
#include "planner/fill_waste.hpp"
#include "planner/fragments.hpp"
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

class OfLiveJobs final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "fragmentation_constrained"; }
  bool asks_typical() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    return of(request, lease).change + planner::left_over(request, lease);
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    return of(request, lease).device;
  }

 private:
  static planner::Gradient of(const Request& request, const LeaseView& lease) {
    return planner::gradient(request, lease, lease.typical, planner::Wishes::constraints);
  }
};

class OfGiven final : public FitRule {
 public:
  explicit OfGiven(std::span<const TypicalRequest> typical) : fill_(typical) {}
  std::string_view name() const noexcept override { return "fragmentation_constrained"; }
  bool ties_by_name() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    constexpr double cpus_left = 0.00005;  // of placements that add equally much, the fullest node
    const auto left = static_cast<double>(lease.free.cpus - request.amounts.cpus);
    return fill_.effect(request, lease).waste + cpus_left * left + price(request, lease);
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    return fill_.effect(request, lease).device;
  }

 private:
  double price(const Request& request, const LeaseView& lease) const {
    if (lease.gpus.empty() || !model::asks(request.gpus)) return 0;
    const double devices = request.gpus.all ? static_cast<double>(lease.gpus.size())
                                            : model::whole_devices(request.gpus);
    return fill_.scarcity(lease.gpus.front().model) * (request.gpus.share + 1000 * devices);
  }
  planner::FillWaste fill_;
};

}  // namespace

std::shared_ptr<const FitRule> fragmentation_constrained(std::vector<TypicalRequest> typical) {
  if (typical.empty()) return std::make_shared<const OfLiveJobs>();
  return std::make_shared<const OfGiven>(typical);
}

}  // namespace retz::fit_rules
