#include "scenario/policies.hpp"

#include <stdexcept>

#include "scenario/values.hpp"

namespace retz::scenario {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// running=2 cpus=8 queued=5; without a word: no limit
UserLimits parse_user_limits(const Words& words, std::size_t first) {
  UserLimits limits;
  for (std::size_t i = first; i < words.size(); ++i) {
    const auto [key, value] = key_value(words[i]);
    if (key == "running") {
      limits.running = static_cast<std::uint32_t>(parse_integer(value));
    } else if (key == "cpus") {
      limits.running_cpus = parse_thousandths(value);
    } else if (key == "queued") {
      limits.queued = static_cast<std::uint32_t>(parse_integer(value));
    } else {
      bad("users have no limit", key);
    }
  }
  return limits;
}

}  // namespace

bool set_policy(const Words& directive, Policy& policy) {
  const std::string& keyword = directive[0];
  const auto word = [&] {
    if (directive.size() < 2) bad("a word is missing behind", keyword);
    return directive[1];
  };
  if (keyword == "ordering") {
    policy.ordering = value_or_throw(make_ordering(word()));
  } else if (keyword == "backfill") {
    policy.backfill_order = value_or_throw(make_ordering(word()));
  } else if (keyword == "planner") {
    policy.planner = value_or_throw(make_planner(word()));
  } else if (keyword == "fit") {
    policy.fit_rule = value_or_throw(make_fit_rule(word()));
  } else if (keyword == "bound") {
    policy.starvation_bound.reset();
    if (word() != "none") policy.starvation_bound = parse_duration(word());
  } else if (keyword == "half-life") {
    policy.fair_share.half_life = parse_duration(word());
  } else if (keyword == "weight") {
    const auto [user, weight] = key_value(word());
    policy.fair_share.weights[user] = static_cast<double>(parse_thousandths(weight)) / 1000;
  } else if (keyword == "user-limit") {
    UserLimits& limits = word() == "*" ? policy.user_limits : policy.limits_of[word()];
    limits = parse_user_limits(directive, 2);
  } else {
    return false;
  }
  return true;
}

}  // namespace retz::scenario
