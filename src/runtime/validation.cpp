#include "runtime/validation.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace retz::runtime {
namespace {

// Far beyond any machine, far below where sums of amounts or of times would overflow.
constexpr std::int64_t most_of_an_amount = 1'000'000'000'000;
constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

Result<void> within(std::string_view field, std::int64_t value, std::int64_t least,
                    std::int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(Errc::invalid_argument,
              fmt::format("{} is {}; it must be {} to {}", field, value, least, most),
              std::string(field));
}

Result<void> within(std::string_view field, Duration value, Duration least,
                    Duration most = longest) {
  if (value >= least && value <= most) return {};
  return fail(Errc::invalid_argument,
              fmt::format("{} is {} s; it must be {} and at most {}", field, in_seconds(value),
                          least == Duration{0} ? "0 or more" : "more than 0",
                          most == longest ? "100 years" : fmt::format("{} s", in_seconds(most))),
              std::string(field));
}

Result<void> check_grace(Duration value) {
  return within("grace_period", value, Duration{0}, grace_period_max);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

Result<void> check(const Amounts& amounts) {
  if (auto ok = within("resources.cpus", amounts.cpus, 0, most_of_an_amount); !ok) return ok;
  if (auto ok = within("resources.mem", amounts.mem, 0, most_of_an_amount); !ok) return ok;
  if (auto ok = within("resources.disk", amounts.disk, 0, most_of_an_amount); !ok) return ok;
  const CustomAmount* before = nullptr;
  for (const CustomAmount& custom : amounts.custom) {
    const std::string field = "resources.custom." + custom.name;
    if (custom.name.empty() || (before != nullptr && before->name >= custom.name)) {
      return fail(Errc::invalid_argument,
                  "custom resources must have names, sorted, and none twice", field);
    }
    if (auto ok = within(field, custom.amount, 1, most_of_an_amount); !ok) return ok;
    before = &custom;
  }
  return {};
}

Result<void> check(const GpuRequest& gpus) {
  if (auto ok = within("resources.gpus.devices", gpus.devices, 0, 1024); !ok) return ok;
  if (auto ok = within("resources.gpus.share", gpus.share, 0, 999); !ok) return ok;
  if ((gpus.devices > 0 || gpus.all) && gpus.share > 0) {
    return fail(Errc::invalid_argument, "ask for whole devices or for a share of one, not for both",
                "resources.gpus");
  }
  return {};
}

Result<void> check(const std::vector<Constraint>& constraints, const char* field) {
  for (const Constraint& constraint : constraints) {
    const bool many = constraint.kind == Constraint::Kind::in;
    if (!constraint.attribute.empty() &&
        (many ? !constraint.values.empty() : constraint.values.size() == 1)) {
      continue;
    }
    return fail(Errc::invalid_argument,
                "a constraint names an attribute and one value; with `in`, one or more", field);
  }
  return {};
}

Result<void> check_placing(const Request& request) {
  if (auto ok = check(request.constraints, "constraints"); !ok) return ok;
  if (request.preference) {
    if (auto ok = check(request.preference->constraints, "prefer.constraints"); !ok) return ok;
    if (auto ok = within("prefer.for", request.preference->patience, Duration{0}); !ok) return ok;
  }
  if (!request.spread) return {};
  if (request.spread->attribute.empty() || request.spread->group.empty()) {
    return fail(Errc::invalid_argument, "a spread names an attribute and a group", "spread");
  }
  return within("spread.skew", request.spread->skew, 1, 1'000'000);
}

Result<void> check(const RetryPolicy& retry) {
  if (auto ok = within("retry.max_attempts", retry.max_attempts, 1, 1000); !ok) return ok;
  if (auto ok = within("retry.backoff", retry.backoff, Duration{0}); !ok) return ok;
  return within("retry.backoff_max", retry.backoff_max, Duration{0});
}

}  // namespace

Result<void> check(const JobSpec& spec) {
  if (spec.application.empty()) {
    return fail(Errc::invalid_argument, "the job names no application", "application");
  }
  if (spec.command.empty()) {
    return fail(Errc::invalid_argument, "the job has no command", "command");
  }
  if (auto ok = within("priority", spec.priority, -20, 19); !ok) return ok;
  const Duration least{1};
  if (spec.estimate) {
    if (auto ok = within("estimate", *spec.estimate, least); !ok) return ok;
  }
  if (spec.time_limit) {
    if (auto ok = within("time_limit", *spec.time_limit, least); !ok) return ok;
  }
  if (spec.grace_period) {
    if (auto ok = check_grace(*spec.grace_period); !ok) return ok;
  }
  if (auto ok = check(spec.request.amounts); !ok) return ok;
  if (auto ok = within("resources.ports", spec.request.ports, 0, 65535); !ok) return ok;
  if (auto ok = check(spec.request.gpus); !ok) return ok;
  if (auto ok = check_placing(spec.request); !ok) return ok;
  return check(spec.retry);
}

Result<void> check(const std::vector<Dependency>& dependencies) {
  const auto twice =
      std::adjacent_find(dependencies.begin(), dependencies.end(),
                         [](const Dependency& a, const Dependency& b) { return a.job == b.job; });
  if (twice == dependencies.end()) return {};
  return fail(Errc::invalid_argument,
              fmt::format("job {} is waited for twice; say once how it must end", twice->job.value),
              "after");
}

Result<void> check(const Application& application) {
  if (!is_name(application.name)) {
    return fail(Errc::invalid_argument,
                "an application's name has 1 to 32 characters of A-Z a-z 0-9 . _ -", "name");
  }
  if (auto ok = check_grace(application.grace_period); !ok) return ok;
  for (std::size_t i = 0; i < application.files.size(); ++i) {
    if (!application.files[i].uri.empty()) continue;
    return fail(Errc::invalid_argument, "the file has no uri", fmt::format("files[{}].uri", i));
  }
  return {};
}

Result<void> check(const User& user) {
  if (user.key_id.empty() || user.key_id.size() > 32) {
    return fail(Errc::invalid_argument, "a user's key id has 1 to 32 characters", "key_id");
  }
  if (user.secret.empty()) {
    return fail(Errc::invalid_argument, "the user has no secret", "secret");
  }
  return {};
}

}  // namespace retz::runtime
