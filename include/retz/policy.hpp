// How an engine decides: what can be changed while it runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "retz/ordering.hpp"
#include "retz/planner.hpp"

namespace retz {

/// The most of one user. What is beyond it waits, and `explain` says so. Absent: no limit.
struct UserLimits {
  std::optional<std::uint32_t> running = {};      // jobs active at once
  std::optional<std::int64_t> running_cpus = {};  // thousandths, of active jobs
  std::optional<std::uint32_t> queued = {};       // jobs that compete; further ones are blocked
  friend bool operator==(const UserLimits&, const UserLimits&) = default;
};

/// Who gets how much of the machines over time.
struct FairShare {
  Duration half_life = std::chrono::hours(24 * 7);  // after it a use counts half; > 0
  std::map<std::string, double> weights = {};       // of users; 1 where not named; > 0
  friend bool operator==(const FairShare&, const FairShare&) = default;
};

struct Policy {
  std::shared_ptr<const Ordering> ordering = {};        // absent: fifo
  std::shared_ptr<const Ordering> backfill_order = {};  // absent: as `ordering`; asked by easy
  std::shared_ptr<const Planner> planner = {};          // absent: first_fit
  std::shared_ptr<const FitRule> fit_rule = {};         // absent: best
  /// A job that could have started for this long goes before all others, in order of arrival.
  std::optional<Duration> starvation_bound = {};  // > 0
  FairShare fair_share = {};
  UserLimits user_limits = {};                       // of users not named below
  std::map<std::string, UserLimits> limits_of = {};  // by user
};

/// The names in a policy, as they stand in a configuration; empty: the default.
struct PolicyNames {
  std::string ordering = {}, backfill_order = {}, planner = {}, fit_rule = {};
};
/// Error: invalid_argument, with the field and the names there are.
Result<Policy> make_policy(const PolicyNames& names);

}  // namespace retz
