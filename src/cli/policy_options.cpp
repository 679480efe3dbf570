// How the engine decides, as the properties of retz-server say.
#include "cli/policy_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/nearest.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

constexpr std::string_view weight_prefix = "retz.fair-share.weight.";

/// The planners' names of Retz 0.5 tell ordering and planner in one word.
void split_planner(std::string& planner, std::string& ordering) {
  if (planner == "fifo" || planner == "naive") {
    ordering = "fifo";
    planner = "strict";
  } else if (planner == "priority" || planner == "priority2") {
    ordering = "priority";
    planner = "strict";
  }
}

tl::unexpected<Error> wrong(const char* key, const std::string& value,
                            const std::string& expected) {
  return fail(Errc::invalid_argument, "is \"" + value + "\" but must be " + expected, key);
}

template <class Part>
Result<void> take(const char* key, const std::string& name,
                  Result<std::shared_ptr<const Part>> (*make)(std::string_view),
                  std::shared_ptr<const Part>& out) {
  if (name.empty()) return {};
  auto made = make(name);
  if (!made) return fail(Errc::invalid_argument, ": " + made.error().message, key);
  out = std::move(*made);
  return {};
}

std::optional<double> positive(const std::string& text) {
  double out = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end || !(out > 0) || out > 1e9) return std::nullopt;
  return out;
}

Result<void> take_parts(const PropertyText& text, Policy& out) {
  std::string ordering, planner = text("retz.planner.name");
  split_planner(planner, ordering);
  if (auto done = take("retz.planner.name", planner, make_planner, out.planner); !done) {
    return wrong("retz.planner.name", planner,
                 "fifo, priority (as in Retz 0.5) or a planner" +
                     did_you_mean(planner, {"fifo", "priority", "strict", "first_fit", "easy",
                                            "conservative", "conservative_replan", "packing"}) +
                     done.error().message);
  }
  if (const auto given = text("retz.ordering"); !given.empty()) ordering = given;
  if (auto done = take("retz.ordering", ordering, make_ordering, out.ordering); !done) return done;
  if (auto done = take("retz.backfill.order", text("retz.backfill.order"), make_ordering,
                       out.backfill_order);
      !done) {
    return done;
  }
  if (auto done = take("retz.fit", text("retz.fit"), make_fit_rule, out.fit_rule); !done) {
    return done;
  }
  return take("retz.fit.rule", text("retz.fit.rule"), make_fit_rule, out.fit_rule);
}

Result<void> take_duration(const PropertyText& text, const char* key,
                           const std::function<void(Duration)>& set) {
  const auto given = text(key);
  if (given.empty()) return {};
  const auto parsed = duration_from_text(given);
  if (!parsed || *parsed <= Duration{0}) return wrong(key, given, "a duration, 3600, 12h or 7d");
  set(*parsed);
  return {};
}

Result<void> take_count(const PropertyText& text, const char* key,
                        std::optional<std::uint32_t>& out) {
  const auto given = text(key);
  if (given.empty()) return {};
  std::uint32_t parsed = 0;
  const char* const end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, parsed);
  if (error != std::errc{} || stop != end || parsed > 1'000'000'000) {
    return wrong(key, given, "a whole number from 0 to 1000000000");
  }
  out = parsed;
  return {};
}

Result<void> take_limits(const PropertyText& text, UserLimits& out) {
  if (auto done = take_count(text, "retz.max.user.running", out.running); !done) return done;
  if (auto done = take_count(text, "retz.max.user.queued", out.queued); !done) return done;
  const auto cpus = text("retz.max.user.cpus");
  if (cpus.empty()) return {};
  const auto parsed = positive(cpus);
  if (!parsed) return wrong("retz.max.user.cpus", cpus, "a number of cpus, 2 or 1.5");
  out.running_cpus = std::llround(*parsed * 1000);
  return {};
}

Result<void> take_weights(const Properties& file, FairShare& out) {
  for (const std::string& key : file.keys()) {
    if (!is_user_key(key)) continue;
    const auto given = file.get(key).value_or("");
    const auto weight = positive(given);
    if (!weight) {
      return fail(Errc::invalid_argument, "is \"" + given + "\" but must be a number above 0", key);
    }
    out.weights[key.substr(weight_prefix.size())] = *weight;
  }
  return {};
}

}  // namespace

Result<Policy> policy_from_properties(const PropertyText& text, const Properties* file) {
  Policy out;
  if (auto done = take_parts(text, out); !done) return tl::unexpected(done.error());
  auto done = take_duration(text, "retz.starvation.bound",
                            [&](Duration bound) { out.starvation_bound = bound; });
  if (!done) return tl::unexpected(done.error());
  done = take_duration(text, "retz.fair-share.half-life",
                       [&](Duration half_life) { out.fair_share.half_life = half_life; });
  if (!done) return tl::unexpected(done.error());
  if (file != nullptr) done = take_weights(*file, out.fair_share);
  if (done) done = take_limits(text, out.user_limits);
  if (!done) return tl::unexpected(done.error());
  return out;
}

Result<std::vector<Attribute>> attributes_from_text(const std::string& text) {
  std::vector<Attribute> out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto constraint = constraint_from_text(rest.substr(0, comma));
    if (!constraint || constraint->kind != Constraint::Kind::equals ||
        constraint->attribute == "node") {
      return fail(Errc::invalid_argument, "expected NAME=VALUE,...; `node` is its name");
    }
    out.push_back({constraint->attribute, constraint->values.front()});
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  std::sort(out.begin(), out.end());
  const auto twice =
      std::adjacent_find(out.begin(), out.end(),
                         [](const Attribute& a, const Attribute& b) { return a.name == b.name; });
  if (twice != out.end()) return fail(Errc::invalid_argument, twice->name + " is given twice");
  return out;
}

bool is_user_key(std::string_view key) {
  return key.size() > weight_prefix.size() && key.starts_with(weight_prefix);
}

}  // namespace retz::cli
