// Named configurations against published results. KTH-SP2: the best of 5,760 predictors and
// policies of Gaussier et al. (SC 2015), trained on the log, has a mean bounded slowdown of 45.80;
// EASY makes a job wait for at most 262,194 s.
#include <doctest/doctest.h>

#include "retz/simulator.hpp"

using namespace retz;

namespace {

Metrics kth(SimulationEvents events) {
  const auto workload = read_swf(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz");
  REQUIRE(workload);
  SimulationOptions options;
  options.engine.policy.ordering = orderings::shortest();
  options.engine.policy.planner = planners::easy();
  options.engine.policy.starvation_bound = std::chrono::hours(54);
  options.nodes = one_node(workload->processors);
  options.events = events;
  const auto simulation = simulate(*workload, options);
  REQUIRE(simulation);
  CHECK(simulation->jobs.size() == 28481);
  return simulation->metrics;
}

}  // namespace

TEST_CASE("KTH-SP2: below 45 on requested times, nobody waits half as long again as under EASY") {
  for (const auto events : {SimulationEvents::instant, SimulationEvents::one_by_one}) {
    const Metrics metrics = kth(events);
    CHECK(metrics.mean_bounded_slowdown < 45);
    CHECK(metrics.max_wait <= 1.5 * 262'194);
  }
}
