// The first expected end, against a look at all attempts.
#include "engine/expected_ends.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "base/generator.hpp"

namespace retz::engine {
namespace {

struct Attempt {
  Instant started{};
  Duration estimate{0};
};

std::optional<Instant> first_of_all(const std::map<std::uint32_t, Attempt>& all, Instant now) {
  std::optional<Instant> first;
  for (const auto& [number, a] : all) {
    Duration runs = a.estimate;
    while (a.started + runs <= now) runs *= 2;
    if (!first || a.started + runs < *first) first = a.started + runs;
  }
  return first;
}

TEST_CASE("the first end is that of all attempts, those that overran taken to run twice as long") {
  base::Generator random(7);
  ExpectedEnds ends;
  std::map<std::uint32_t, Attempt> all;
  CHECK_FALSE(ends.first(Instant{}).has_value());
  Instant now{};
  for (int i = 0; i < 20'000; ++i) {
    now += Duration{static_cast<std::int64_t>(random.below(3))};
    const auto number = static_cast<std::uint32_t>(random.below(1'000));
    if (all.erase(number) > 0) {
      ends.remove(number);
    } else {
      const Duration estimate{static_cast<std::int64_t>(1 + random.below(5'000))};
      all[number] = {now, estimate};
      ends.add(number, now, estimate);
    }
    if (random.below(4) == 0) REQUIRE(ends.first(now) == first_of_all(all, now));
  }
}

}  // namespace
}  // namespace retz::engine
