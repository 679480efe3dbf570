// Random histories on the engine and on a plain reference: they must agree after each step.
// RETZ_LONG=1 plays thirty times as many; RETZ_SEED=N begins there.
#include <doctest/doctest.h>

#include <string>

#include "property/environment.hpp"
#include "property/history.hpp"

namespace {

using namespace retz::property;

std::string failure(std::uint64_t seed, std::size_t length) {
  const Setting setting = make_setting(seed);
  const History history = make_history(seed, length);
  const std::string problem = play(setting, history);
  if (problem.empty()) return {};
  const History shortest = shrink(setting, history);
  std::string log;
  const std::string again = play(setting, shortest, &log);
  return "seed " + std::to_string(seed) + ", " + setting.name + ": " + problem +
         "\nthe shortest history found that fails (" + again + "):\n" + log;
}

}  // namespace

TEST_CASE("random histories: the engine decides what a plain reference decides") {
  const ThrowingAssertions throwing;
  const std::uint64_t first = first_seed();
  const std::uint64_t count = long_run() ? 100'000 : 3'000;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string problem = failure(seed, 20 + seed % 80);
    REQUIRE_MESSAGE(problem.empty(), problem);
  }
}

TEST_CASE("the reference notices an engine that follows another policy") {
  const ThrowingAssertions throwing;
  std::uint64_t noticed = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Setting setting = make_setting(seed);
    const bool strict = setting.options.policy.planner->name() == "strict";
    setting.model.policy.planner = strict ? retz::planners::first_fit() : retz::planners::strict();
    if (!play(setting, make_history(seed, 80)).empty()) ++noticed;
  }
  CHECK(noticed > 50);
}
