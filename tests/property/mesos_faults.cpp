// Random schedules of faults: whatever the network, the agents, the master and our own process do,
// every job ends exactly once, nothing is left running, no task id is used twice, and offers are
// never hoarded. RETZ_LONG=1 plays 10,000 schedules, RETZ_LONG=n the first n; RETZ_SEED=n plays
// that one alone.
#include <doctest/doctest.h>

#include <cstdlib>

#include "property/mesos_world.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

void check(const Schedule& schedule) {
  const std::vector<std::string> wrong = play(schedule);
  for (const std::string& one : wrong) {
    FAIL_CHECK("seed " << schedule.seed << ", " << schedule.faults << " faults: " << one);
  }
  CHECK(wrong.empty());
}

Schedule schedule_of(std::uint64_t seed, std::size_t faults) {
  return {seed, 5 + seed % 60, 2 + seed % 4, faults};
}

}  // namespace

TEST_CASE("without faults every job on a Mesos cluster ends once, and offers are not hoarded") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) check(schedule_of(seed, 0));
}

TEST_CASE("under random faults every job on a Mesos cluster ends exactly once") {
  if (const char* one = std::getenv("RETZ_SEED")) {
    const auto seed = static_cast<std::uint64_t>(std::atoll(one));
    return check(schedule_of(seed, 1 + seed % 25));
  }
  std::uint64_t last = 100;
  if (const char* many = std::getenv("RETZ_LONG")) {
    const auto wanted = static_cast<std::uint64_t>(std::atoll(many));
    last = wanted > 1 ? wanted : 10'000;
  }
  for (std::uint64_t seed = 1; seed <= last; ++seed) check(schedule_of(seed, 1 + seed % 25));
}
