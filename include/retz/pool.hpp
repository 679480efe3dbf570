// What is free, and which lease among those that fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "retz/ids.hpp"
#include "retz/resources.hpp"
#include "retz/result.hpp"

namespace retz {

/// Whether a request can be met. never: by no node that is present and not draining.
enum class Fit : std::uint8_t { now, later, never };

/// One lease, as a fit rule sees it.
struct LeaseView {
  const Amounts& free;
  const Amounts& total;
};

/// The order in which leases are tried; the first that fits is taken. The first four need no scan
/// over the leases. Ties go to the node with the fewest attempts, then to the smaller lease id:
/// equal nodes share the work, and a restart, which knows the attempts, changes no choice.
enum class FitOrder : std::uint8_t {
  by_lease,    // smaller lease id first; no ties
  least_cpus,  // least free cpus first, then least free memory
  most_cpus,   // most free cpus first, then most free memory
  by_score,    // smallest score first: looks at each lease that fits
};

/// Smaller scores are better. Threads: const, may be shared.
class FitRule {
 public:
  virtual ~FitRule() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual FitOrder order() const noexcept { return FitOrder::by_score; }
  /// Called for `by_score` only, and only for leases that fit.
  virtual double score(const Request& request, const LeaseView& lease) const = 0;
};

namespace fit_rules {
std::shared_ptr<const FitRule> first();  // the smallest lease id
std::shared_ptr<const FitRule> best();   // what leaves the fewest cpus over
std::shared_ptr<const FitRule> worst();  // what leaves the most cpus over: spreads
}  // namespace fit_rules

/// By its name ("first", "best", "worst"). Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const FitRule>> make_fit_rule(std::string_view name);

namespace pool {
class Pool;
}

/// What a planner places into. Each placement is booked at once and can be taken back: an undo log,
/// not a copy.
class PoolDraft {
 public:
  explicit PoolDraft(pool::Pool& pool) : pool_(&pool) {}

  /// Books the request on the lease that the fit rule chooses; its number in the pool, or nothing
  /// when it does not fit now.
  std::optional<std::uint32_t> place(const Request& request);
  /// Undoes the last placement that still stands. Requires: there is one.
  void take_back();
  /// Placements that stand.
  std::size_t size() const { return log_.size(); }

 private:
  pool::Pool* pool_;
  std::vector<std::uint32_t> log_;  // bookings
};

}  // namespace retz
