// Random histories on the engine and on a plain reference: they must agree after each step.
// RETZ_LONG=1 plays thirty times as many; RETZ_SEED=N begins there.
#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "property/history.hpp"

namespace {

using namespace retz::property;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

[[noreturn]] void throw_broken_invariant(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string("broken invariant: ") + condition + " (" + file + ":" +
                         std::to_string(line) + ")");
}

std::string failure(std::uint64_t seed, std::size_t length) {
  const Setting setting = make_setting(seed);
  const History history = make_history(seed, length);
  const std::string problem = play(setting, history);
  if (problem.empty()) return {};
  const History shortest = shrink(setting, history);
  return "seed " + std::to_string(seed) + ", " + setting.name + ": " + problem +
         "\nthe shortest history found that fails (" + play(setting, shortest) + "):\n" +
         show(shortest);
}

}  // namespace

TEST_CASE("random histories: the engine decides what a plain reference decides") {
  retz::set_assertion_handler(&throw_broken_invariant);
  const std::uint64_t first = number_from("RETZ_SEED", 1);
  const std::uint64_t count = number_from("RETZ_LONG", 0) != 0 ? 100'000 : 3'000;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string problem = failure(seed, 20 + seed % 80);
    if (problem.empty()) continue;
    FAIL(problem);
  }
  retz::set_assertion_handler(nullptr);
}

TEST_CASE("the reference notices an engine that follows another policy") {
  retz::set_assertion_handler(&throw_broken_invariant);
  std::uint64_t noticed = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Setting setting = make_setting(seed);
    setting.policy.strict = !setting.policy.strict;
    if (!play(setting, make_history(seed, 80)).empty()) ++noticed;
  }
  CHECK(noticed > 50);
  retz::set_assertion_handler(nullptr);
}
