#include "engine/policies.hpp"

#include <cmath>
#include <string>

namespace retz {

namespace engine {

Policy completed(Policy policy) {
  if (!policy.ordering) policy.ordering = orderings::fifo();
  if (!policy.planner) policy.planner = planners::first_fit();
  if (!policy.fit_rule) policy.fit_rule = fit_rules::best();
  return policy;
}

namespace {

Result<void> invalid(const std::string& field, const std::string& what) {
  return fail(Errc::invalid_argument, field + " " + what, field);
}

Result<void> validate(const UserLimits& limits, const std::string& prefix) {
  if (limits.running_cpus && *limits.running_cpus < 0) {
    return invalid(prefix + ".running_cpus", "must not be negative");
  }
  return {};
}

}  // namespace

Result<void> validate(const Policy& policy) {
  if (policy.starvation_bound && *policy.starvation_bound <= Duration{0}) {
    return invalid("starvation_bound", "must be longer than no time");
  }
  if (policy.fair_share.half_life <= Duration{0}) {
    return invalid("fair_share.half_life", "must be longer than no time");
  }
  for (const auto& [user, weight] : policy.fair_share.weights) {
    if (!std::isfinite(weight) || weight <= 0) {
      return invalid("fair_share.weights." + user, "must be a number above 0");
    }
  }
  if (auto good = validate(policy.user_limits, "user_limits"); !good) return good;
  for (const auto& [user, limits] : policy.limits_of) {
    if (auto good = validate(limits, "limits_of." + user); !good) return good;
  }
  return {};
}

}  // namespace engine

namespace {

// Fills in `chosen` where a name is given; the error names the field.
template <class Made, class Make>
Result<void> choose(const std::string& name, const std::string& field, Make make, Made& chosen) {
  if (name.empty()) return {};
  auto made = make(name);
  if (!made) {
    Error error = made.error();
    error.field = field;
    return tl::unexpected<Error>(std::move(error));
  }
  chosen = *std::move(made);
  return {};
}

}  // namespace

Result<Policy> make_policy(const PolicyNames& names) {
  Policy p;
  Result<void> good = choose(names.ordering, "ordering", make_ordering, p.ordering);
  if (good) {
    good = choose(names.backfill_order, "backfill_order", make_ordering, p.backfill_order);
  }
  if (good) good = choose(names.planner, "planner", make_planner, p.planner);
  if (good) good = choose(names.fit_rule, "fit_rule", make_fit_rule, p.fit_rule);
  if (!good) return tl::unexpected<Error>(good.error());
  p = engine::completed(std::move(p));
  return p;
}

}  // namespace retz
