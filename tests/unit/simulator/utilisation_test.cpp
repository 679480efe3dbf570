// The promise of the default policy: machines are busy while jobs wait, whatever is offered and
// when nodes break. bench/simulator/utilisation.py has the table of all planners.
#include <doctest/doctest.h>

#include "retz/simulator.hpp"

using namespace retz;
using std::chrono::hours;

namespace {

Simulation play(double load, bool failing) {
  const auto workload = generate_batch_mix({.jobs = 8000, .nodes = 20, .load = load, .seed = 2});
  REQUIRE(workload);
  Capacity node;
  node.amounts.cpus = 32'000;
  node.amounts.mem = std::int64_t{128} * 1024;
  SimulationOptions options;
  options.engine.policy = *make_policy({});
  options.nodes = equal_nodes(20, node);
  const Duration half = workload->jobs.back().submit / 2;
  if (failing) options.failures = fail_part(20, 0.3, half, half + hours(6), 2);
  auto result = simulate(*workload, options);
  REQUIRE(result);
  CHECK(result->jobs.size() == 8000);
  return *std::move(result);
}

}  // namespace

TEST_CASE("the default policy keeps the machines busy while jobs wait") {
  for (const double load : {1.0, 1.1, 1.2}) {
    CAPTURE(load);
    CHECK(play(load, false).metrics.utilisation_while_queued >= 0.8);
  }
}

TEST_CASE("the default policy keeps what is left of the machines busy when nodes break") {
  for (const double load : {1.0, 1.1, 1.2}) {
    CAPTURE(load);
    const Simulation result = play(load, true);
    CHECK(result.outages.size() == 6);
    CHECK_FALSE(result.lost.empty());
    CHECK(result.metrics.utilisation_while_queued >= 0.8);
  }
}
