// Random jobs within what users may write, from a seed.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/generator.hpp"
#include "retz/job.hpp"

namespace retz {

inline std::string random_text(base::Generator& g, std::uint64_t longest) {
  static const std::vector<std::string> pieces{"a", "B",      "7", "\"",     "\\",         "/", " ",
                                               "'", "\u00e9", "{", "\u4e2d", "\U0001F600", "~"};
  std::string out;
  for (std::uint64_t n = g.below(longest + 1); n > 0; --n) {
    out += pieces[g.below(pieces.size())];
  }
  return out;
}

inline std::vector<std::string> random_names(base::Generator& g, std::uint64_t most) {
  std::vector<std::string> out;
  for (std::uint64_t n = g.below(most + 1); n > 0; --n) {
    out.push_back("n" + random_text(g, 8));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

inline std::optional<Duration> random_duration(base::Generator& g) {
  if (g.below(2) == 0) {
    return std::nullopt;
  }
  return Duration(static_cast<std::int64_t>(1 + g.below(g.below(2) == 0 ? 1'000 : 10'000'000'000)));
}

inline Request random_request(base::Generator& g) {
  Request out;
  out.amounts.cpus = static_cast<std::int64_t>(1 + g.below(64'000));
  out.amounts.mem = static_cast<std::int64_t>(1 + g.below(1'000'000));
  out.amounts.disk = static_cast<std::int64_t>(g.below(1'000'000));
  for (std::uint64_t i = 0; i < g.below(3); ++i) {
    out.amounts.custom.push_back(
        {"scalar" + std::to_string(i), static_cast<std::int64_t>(1 + g.below(10'000))});
  }
  out.ports = static_cast<std::int32_t>(g.below(4));
  switch (g.below(3)) {
    case 0:
      out.gpus.devices = static_cast<std::int32_t>(1 + g.below(8));
      out.gpus.models = random_names(g, 2);
      break;
    case 1:
      out.gpus.share = static_cast<std::int32_t>(1 + g.below(999));
      break;
    case 2:
      out.gpus.all = g.below(2) == 0;
      break;
    default:
      break;
  }
  return out;
}

inline Constraint random_constraint(base::Generator& g) {
  const auto kind = static_cast<Constraint::Kind>(g.below(4));
  Constraint out{"attribute" + std::to_string(g.below(3)), kind, {random_text(g, 8)}};
  if (kind == Constraint::Kind::in) {
    out.values = random_names(g, 3);
    out.values.emplace_back("z");  // sorted behind the others
  }
  return out;
}

inline void add_conditions(base::Generator& g, JobSpec& out) {
  for (std::uint64_t i = 0; i < g.below(3); ++i) {
    out.request.constraints.push_back(random_constraint(g));
  }
  auto& constraints = out.request.constraints;
  std::sort(constraints.begin(), constraints.end());
  constraints.erase(std::unique(constraints.begin(), constraints.end()), constraints.end());
  if (g.below(3) == 0) {
    out.request.preference =
        Preference{{random_constraint(g)}, Duration(static_cast<std::int64_t>(g.below(1'000'000)))};
  }
  if (g.below(3) == 0) {
    out.request.spread = Spread{"rack", "g", static_cast<std::int32_t>(1 + g.below(9))};
  }
  for (std::uint64_t i = 0; i < g.below(3); ++i) {
    out.dependencies.push_back(
        {JobId{10 * i + 1 + g.below(10)}, static_cast<Dependency::When>(g.below(3))});
    out.whole_arrays.push_back(
        {JobId{10 * i + 1 + g.below(10)}, static_cast<Dependency::When>(g.below(3))});
    out.siblings.push_back({2 * i + g.below(2), {}, static_cast<Dependency::When>(g.below(3))});
  }
  if (g.below(3) == 0) {
    const auto from = static_cast<std::int64_t>(g.below(100));
    out.array = ArrayPlace{.from = from,
                           .to = from + static_cast<std::int64_t>(g.below(1000)),
                           .running_max = static_cast<std::uint32_t>(g.below(5))};
  }
}

inline JobSpec random_spec(base::Generator& g) {
  JobSpec out;
  out.application = "app" + std::to_string(g.below(10));
  out.user = "user" + std::to_string(g.below(3));
  out.command = "c" + random_text(g, 30) + (g.below(4) == 0 ? "\n\t\x01\x7F" : "");
  out.name = random_text(g, 10);
  out.tags = random_names(g, 4);
  for (std::uint64_t i = 0; i < g.below(4); ++i) {
    out.environment["V_" + std::to_string(i)] = random_text(g, 12) + (i == 2 ? "\n" : "");
  }
  out.request = random_request(g);
  out.priority = static_cast<std::int32_t>(g.below(40)) - 20;
  out.estimate = random_duration(g);
  out.time_limit = random_duration(g);
  out.grace_period = random_duration(g);
  out.retry.max_attempts = static_cast<std::uint32_t>(1 + g.below(1000));
  out.retry.on_system_failure = g.below(2) == 0;
  out.retry.on_exit = g.below(2) == 0;
  out.retry.on_time_out = g.below(2) == 0;
  out.retry.on_out_of_memory = g.below(2) == 0;
  out.retry.on_fetch_failure = g.below(2) == 0;
  out.retry.backoff = Duration(static_cast<std::int64_t>(g.below(1'000'000)));
  if (g.below(8) == 0) {
    out.retry = RetryPolicy{};
  }
  add_conditions(g, out);
  return out;
}

}  // namespace retz
