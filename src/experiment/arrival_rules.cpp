// Fit rules of Weng et al. (USENIX ATC 2023) that are there for comparison: as their simulator
// scores, in whole numbers from 0 to 100, equal ones by the node's name.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/generator.hpp"
#include "model/gpus.hpp"
#include "retz/experiment.hpp"

namespace retz {
namespace {

// Theirs for the largest node.
constexpr double most_cpus = 128'000;
constexpr double most_gpus = 8'000;

double gpus_of(const Request& request) {
  if (request.gpus.share > 0) return request.gpus.share;
  return 1000.0 * model::whole_devices(request.gpus);
}

double gpus_free(const LeaseView& lease) {
  return std::accumulate(lease.gpu_free.begin(), lease.gpu_free.end(), 0.0);
}

class PublishedBestFit final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "published_best_fit"; }
  bool ties_by_name() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    const auto cpus = static_cast<double>(lease.free.cpus - request.amounts.cpus);
    const double gpus = gpus_free(lease) - gpus_of(request);
    return -std::trunc((1 - (0.5 * cpus / most_cpus + 0.5 * gpus / most_gpus)) * 100);
  }
};

// The alignment of Tetris, which they turn round: what is aligned least wins.
class PublishedDotProduct final : public FitRule {
 public:
  std::string_view name() const noexcept override { return "published_dot_product"; }
  bool ties_by_name() const noexcept override { return true; }
  double score(const Request& request, const LeaseView& lease) const override {
    const double cpus = static_cast<double>(lease.free.cpus) / most_cpus *
                        (static_cast<double>(request.amounts.cpus) / most_cpus);
    const double gpus = gpus_free(lease) / most_gpus * (gpus_of(request) / most_gpus);
    return -std::trunc((1 - (cpus + gpus) / 2) * 100);
  }
};

/// A rule answers alike for equal arguments: what it draws follows from the request, which
/// ArrivalOptions::distinct makes another one each time.
class Random final : public FitRule {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}
  std::string_view name() const noexcept override { return "random"; }
  double score(const Request& request, const LeaseView& lease) const override {
    return static_cast<double>(drawn(request, lease) >> 11U);
  }
  std::optional<std::uint32_t> device(const Request& request,
                                      const LeaseView& lease) const override {
    std::vector<std::uint32_t> fit;
    for (std::uint32_t d = 0; d < lease.gpus.size(); ++d) {
      if (lease.gpu_free[d] >= request.gpus.share && model::model_fits(request.gpus, lease.gpus[d]))
        fit.push_back(d);
    }
    if (fit.empty()) return std::nullopt;
    base::Generator draw(drawn(request, lease) + 1);
    return fit[draw.below(fit.size())];
  }

 private:
  // FNV-1a (Fowler, Noll, Vo) of node and request, then two rounds of the generator.
  std::uint64_t drawn(const Request& request, const LeaseView& lease) const {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto add = [&](std::string_view text) {
      for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    };
    add(lease.node);
    for (const Constraint& constraint : request.constraints) {
      for (const std::string& value : constraint.values) add(value);
    }
    base::Generator once(hash ^ (seed_ << 32U));
    base::Generator twice(once.next());
    return twice.next();
  }
  std::uint64_t seed_;
};

}  // namespace

Result<std::shared_ptr<const FitRule>> make_arrival_rule(std::string_view name,
                                                         std::vector<TypicalRequest> typical,
                                                         std::uint64_t seed) {
  if (name == "random") return std::make_shared<const Random>(seed);
  if (name == "published_best_fit") return std::make_shared<const PublishedBestFit>();
  if (name == "published_dot_product") return std::make_shared<const PublishedDotProduct>();
  if (name == "fragmentation") return fit_rules::fragmentation(std::move(typical));
  if (name == "fragmentation_constrained") {
    return fit_rules::fragmentation_constrained(std::move(typical));
  }
  auto rule = make_fit_rule(name);
  if (!rule) rule.error().message += ", random, published_best_fit, published_dot_product";
  return rule;
}

}  // namespace retz
