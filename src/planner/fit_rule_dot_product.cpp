// Where what is free looks most like the request: the sum over dimensions of what is asked times
// what is free, both as parts of the node's whole. The alignment score of Tetris (Grandl et al.,
// Multi-Resource Packing for Cluster Schedulers, SIGCOMM 2014); the largest wins.
#include <numeric>

#include "model/gpus.hpp"
#include "retz/pool.hpp"

namespace retz::fit_rules {

namespace {

double aligned(std::int64_t asked, std::int64_t free, std::int64_t total) {
  if (asked == 0 || total <= 0) return 0;
  const auto whole = static_cast<double>(total);
  return static_cast<double>(asked) / whole * (static_cast<double>(free) / whole);
}

std::int64_t amount_of(const Amounts& amounts, const std::string& custom) {
  for (const CustomAmount& c : amounts.custom) {
    if (c.name == custom) return c.amount;
  }
  return 0;
}

class DotProduct final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "dot_product"; }
  double score(const Request& request, const LeaseView& lease) const override {
    const Amounts& asked = request.amounts;
    double sum = aligned(asked.cpus, lease.free.cpus, lease.total.cpus) +
                 aligned(asked.mem, lease.free.mem, lease.total.mem) +
                 aligned(asked.disk, lease.free.disk, lease.total.disk);
    for (const CustomAmount& c : asked.custom) {
      sum += aligned(c.amount, amount_of(lease.free, c.name), amount_of(lease.total, c.name));
    }
    if (!model::asks(request.gpus)) return -sum;
    const auto all = static_cast<std::int64_t>(lease.gpus.size()) * 1000;
    const auto free =
        std::accumulate(lease.gpu_free.begin(), lease.gpu_free.end(), std::int64_t{0});
    const std::int64_t share = request.gpus.all ? all : request.gpus.devices * std::int64_t{1000};
    return -(sum + aligned(share + request.gpus.share, free, all));
  }
};

}  // namespace

std::shared_ptr<const FitRule> dot_product() {
  return std::make_shared<const DotProduct>();
}

}  // namespace retz::fit_rules
