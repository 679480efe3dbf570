#include <doctest/doctest.h>

#include <string>

#include "retz/simulator.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

WorkloadJob job(std::uint64_t number, int submit, int run, int cpus) {
  WorkloadJob made;
  made.number = number;
  made.submit = seconds(submit);
  made.run = seconds(run);
  made.estimate = seconds(run);
  made.request.amounts.cpus = cpus * 1000;
  return made;
}

Simulation run(const std::vector<WorkloadJob>& jobs, std::vector<SimulatedNode> nodes,
               std::shared_ptr<const Planner> planner = planners::strict()) {
  SimulationOptions options;
  options.engine.policy.ordering = orderings::fifo();
  options.engine.policy.planner = std::move(planner);
  options.engine.policy.fit_rule = fit_rules::first();
  options.nodes = std::move(nodes);
  options.check_invariants = true;
  auto result = simulate({.jobs = jobs}, options);
  REQUIRE(result);
  return std::move(*result);
}

}  // namespace

TEST_CASE("jobs run one after the other and the figures follow") {
  const Simulation result = run({job(1, 0, 100, 4), job(2, 10, 50, 4)}, one_node(4));
  REQUIRE(result.jobs.size() == 2);
  CHECK(result.jobs[1].start == seconds(100));
  CHECK(result.jobs[1].end == seconds(150));
  CHECK(result.metrics.mean_wait == 45.0);
  CHECK(result.metrics.max_wait == 90.0);
  CHECK(result.metrics.makespan == 150.0);
  CHECK(result.metrics.resources.front().utilisation == 1.0);
  CHECK(result.metrics.mean_bounded_slowdown == (1.0 + 140.0 / 50.0) / 2);
}

TEST_CASE("the bounded slowdown of a short job counts ten seconds") {
  const Simulation result = run({job(1, 0, 30, 1), job(2, 0, 1, 1)}, one_node(1));
  CHECK(result.metrics.mean_bounded_slowdown == (1.0 + 31.0 / 10.0) / 2);
}

TEST_CASE("at one time, what ends is released before what comes is planned, in one pass") {
  // At 10 the first job ends, a wide and a small one come: the wide one is first in order.
  const Simulation result =
      run({job(1, 0, 10, 2), job(2, 10, 5, 2), job(3, 10, 5, 1)}, one_node(2));
  CHECK(result.jobs[1].start == seconds(10));
  CHECK(result.jobs[2].start == seconds(15));
  CHECK(result.steps == 5);  // the grant, 0, 10, 15, 20
}

TEST_CASE("jobs are submitted by time; those of one time in the order of the log") {
  const Simulation result =
      run({job(1, 20, 10, 1), job(2, 0, 30, 1), job(3, 20, 10, 1)}, one_node(1));
  CHECK(result.jobs[0].start == seconds(30));
  CHECK(result.jobs[2].start == seconds(40));
  CHECK(result.jobs[1].start == seconds(0));
}

TEST_CASE("first_fit passes a job that strict waits for") {
  const std::vector<WorkloadJob> jobs = {job(1, 0, 10, 1), job(2, 0, 10, 2), job(3, 0, 10, 1)};
  CHECK(run(jobs, one_node(2)).jobs[2].start == seconds(20));
  CHECK(run(jobs, one_node(2), planners::first_fit()).jobs[2].start == seconds(0));
}

TEST_CASE("a cluster of many nodes: the result says where each job ran") {
  std::vector<SimulatedNode> nodes(3);
  for (int i = 0; i < 3; ++i) {
    nodes[static_cast<std::size_t>(i)].name = "n" + std::to_string(i);
    nodes[static_cast<std::size_t>(i)].capacity.amounts.cpus = (i + 1) * 1000;
  }
  const Simulation result =
      run({job(1, 0, 10, 3), job(2, 0, 10, 2), job(3, 0, 10, 1), job(4, 0, 10, 3)}, nodes);
  CHECK(result.jobs[0].node == 2);
  CHECK(result.jobs[1].node == 1);
  CHECK(result.jobs[2].node == 0);
  CHECK(result.jobs[3].start == seconds(10));
  CHECK(result.metrics.resources.front().utilisation == (30.0 + 20 + 10 + 30) / (6 * 20));
}

TEST_CASE("what fits no node and what is refused is counted, the rest runs") {
  SimulationOptions options;
  options.engine.limits.cpus = 8000;
  options.nodes = one_node(4);
  const auto result =
      simulate({.jobs = {job(1, 0, 5, 6), job(2, 0, 5, 9), job(3, 1, 5, 4)}}, options);
  REQUIRE(result);
  CHECK(result->stuck == 1);
  CHECK(result->refused == 1);
  REQUIRE(result->jobs.size() == 1);
  CHECK(result->jobs[0].job == 2);
}

TEST_CASE("an empty workload gives an empty result; no node or no run time is an error") {
  SimulationOptions options;
  CHECK(simulate({}, options).error().field == "nodes");
  options.nodes = one_node(1);
  CHECK(simulate({}, options)->jobs.empty());
  CHECK(simulate({.jobs = {job(1, 0, 0, 1)}}, options).error().field == "jobs");
}
