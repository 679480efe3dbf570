#include "model/request.hpp"

#include <algorithm>
#include <string>

#include "model/constraints.hpp"

namespace retz::model {

namespace {

Result<void> invalid(const std::string& field, const std::string& what) {
  return fail(Errc::invalid_argument, field + " " + what, field);
}

// Far beyond any machine, and far from an overflow of sums.
constexpr std::int64_t amount_max = std::int64_t{1} << 48U;

Result<void> check_amount(const std::string& field, std::int64_t amount) {
  if (amount < 0) return invalid(field, "must not be negative");
  if (amount > amount_max) return invalid(field, "is larger than any machine");
  return {};
}

// Likewise: `now` plus any of them is still a time.
constexpr Duration duration_max = std::chrono::hours(100 * 365 * 24);

Result<void> check_duration(const std::string& field, Duration duration) {
  if (duration < Duration{0}) return invalid(field, "must not be negative");
  if (duration > duration_max) return invalid(field, "must be at most 100 years");
  return {};
}

Result<void> validate(const Amounts& amounts, const std::string& prefix) {
  if (auto r = check_amount(prefix + "cpus", amounts.cpus); !r) return r;
  if (auto r = check_amount(prefix + "mem", amounts.mem); !r) return r;
  if (auto r = check_amount(prefix + "disk", amounts.disk); !r) return r;
  for (std::size_t i = 0; i < amounts.custom.size(); ++i) {
    const CustomAmount& c = amounts.custom[i];
    const std::string field = prefix + "custom." + c.name;
    if (c.name.empty()) return invalid(prefix + "custom", "needs a name for each resource");
    if (i > 0 && !(amounts.custom[i - 1].name < c.name)) {
      return invalid(prefix + "custom", "must be sorted by name, no name twice");
    }
    if (auto r = check_amount(field, c.amount); !r) return r;
    if (c.amount == 0) return invalid(field, "must not be zero: leave it out");
  }
  return {};
}

Result<void> validate(const GpuRequest& gpus) {
  if (gpus.devices < 0) return invalid("resources.gpus.devices", "must not be negative");
  if (gpus.share < 0 || gpus.share > 999) {
    return invalid("resources.gpus.share", "must be between 0 and 1: ask for devices instead");
  }
  if (gpus.devices > 0 && gpus.share > 0) {
    return invalid("resources.gpus", "asks for whole devices or for a share of one, not for both");
  }
  if (gpus.all && gpus.share > 0) {
    return invalid("resources.gpus", "asks for all devices or for a share of one, not for both");
  }
  if (!gpus.models.empty() && gpus.devices == 0 && gpus.share == 0 && !gpus.all) {
    return invalid("resources.gpus.models", "names models but no devices and no share");
  }
  if (!std::is_sorted(gpus.models.begin(), gpus.models.end())) {
    return invalid("resources.gpus.models", "must be sorted");
  }
  return {};
}

Result<void> validate(const Spread& spread) {
  if (spread.attribute.empty()) return invalid("spread.attribute", "must name an attribute");
  if (spread.group.empty()) return invalid("spread.group", "must name a group of jobs");
  if (spread.attribute.size() > 256) {
    return invalid("spread.attribute", "is longer than 256 characters");
  }
  if (spread.group.size() > 256) return invalid("spread.group", "is longer than 256 characters");
  if (spread.skew < 1) return invalid("spread.skew", "must be 1 or more");
  return {};
}

}  // namespace

Result<void> validate(const Request& request) {
  if (auto r = validate(request.amounts, "resources."); !r) return r;
  if (request.ports < 0 || request.ports > 65536) {
    return invalid("resources.ports", "must be between 0 and 65536");
  }
  if (auto r = validate(request.gpus); !r) return r;
  if (auto r = validate(request.constraints, "constraints"); !r) return r;
  if (request.preference) {
    const Preference& preference = *request.preference;
    if (preference.constraints.empty()) {
      return invalid("prefer.constraints", "must say what is preferred");
    }
    if (auto r = validate(preference.constraints, "prefer.constraints"); !r) return r;
    if (auto r = check_duration("prefer.for", preference.patience); !r) return r;
  }
  if (request.spread) return validate(*request.spread);
  return {};
}

Result<void> validate(const JobFacts& facts) {
  if (facts.id.value == 0) return invalid("id", "must be 1 or more");
  if (auto r = validate(facts.request); !r) return r;
  if (facts.priority < -20 || facts.priority > 19) {
    return invalid("priority", "must be between -20 and 19");
  }
  if (auto r = check_duration("estimate", facts.estimate); !r) return r;
  if (auto r = check_duration("grace_period", facts.grace_period); !r) return r;
  const RetryPolicy& retry = facts.retry;
  if (retry.max_attempts < 1 || retry.max_attempts > 1000) {
    return invalid("retry.max_attempts", "must be between 1 and 1000");
  }
  if (auto r = check_duration("retry.backoff", retry.backoff); !r) return r;
  return check_duration("retry.backoff_max", retry.backoff_max);
}

}  // namespace retz::model
