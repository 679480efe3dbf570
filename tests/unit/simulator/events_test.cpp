// Jobs that wait for others, nodes that go and come back, and what the figures make of them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "retz/simulator.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

WorkloadJob job(int submit, int run, int cpus, std::vector<std::uint32_t> after = {}) {
  WorkloadJob made;
  made.submit = seconds(submit);
  made.run = seconds(run);
  made.estimate = seconds(run);
  made.request.amounts.cpus = cpus * 1000;
  made.after = std::move(after);
  return made;
}

SimulationOptions on(std::vector<SimulatedNode> nodes) {
  SimulationOptions options;
  options.nodes = std::move(nodes);
  options.check_invariants = true;
  return options;
}

Capacity cpus(std::int64_t count) {
  Capacity capacity;
  capacity.amounts.cpus = count * 1000;
  return capacity;
}

Simulation run(const Workload& workload, const SimulationOptions& options) {
  auto result = simulate(workload, options);
  REQUIRE_MESSAGE(result, result.error().message);
  return *std::move(result);
}

}  // namespace

TEST_CASE("a job starts when all it waits for have ended, in both semantics") {
  // The second waits for one that is submitted later; the third for one that has long ended.
  const Workload workload{
      .jobs = {job(0, 10, 1), job(0, 10, 1, {0, 3}), job(50, 5, 1, {0}), job(5, 20, 1)}};
  for (const auto events : {SimulationEvents::instant, SimulationEvents::one_by_one}) {
    SimulationOptions options = on(one_node(8));
    options.events = events;
    const Simulation result = run(workload, options);
    REQUIRE(result.jobs.size() == 4);
    CHECK(result.jobs[0].start == seconds(0));
    CHECK(result.jobs[1].start == seconds(25));
    CHECK(result.jobs[2].start == seconds(50));
    CHECK(result.jobs[3].start == seconds(5));
  }
}

TEST_CASE("a job that waits for a refused one is refused too") {
  SimulationOptions options = on(one_node(8));
  options.engine.limits.cpus = 4000;
  const Simulation result = run({.jobs = {job(0, 1, 5), job(3, 1, 1, {0}), job(4, 1, 1)}}, options);
  CHECK(result.refused == 2);
  CHECK(result.stuck == 0);
  CHECK(result.jobs.size() == 1);
}

TEST_CASE("jobs that wait for each other in a circle are an error, and so is one that is nowhere") {
  const auto circle = simulate({.jobs = {job(0, 1, 1, {1}), job(0, 1, 1, {0})}}, on(one_node(1)));
  REQUIRE_FALSE(circle);
  CHECK(circle.error().code == Errc::invalid_argument);
  CHECK_FALSE(simulate({.jobs = {job(0, 1, 1, {7})}}, on(one_node(1))));
}

TEST_CASE("what runs on a node that breaks is lost, and runs again from its begin") {
  SimulationOptions options = on(equal_nodes(2, cpus(4)));
  options.engine.policy.fit_rule = fit_rules::first();
  options.failures = {{.node = 0, .from = seconds(30), .until = seconds(100)}};
  const Simulation result = run({.jobs = {job(0, 50, 4), job(10, 40, 4)}}, options);
  REQUIRE(result.lost.size() == 1);
  CHECK(result.lost[0].job == 0);
  CHECK(result.lost[0].start == seconds(0));
  CHECK(result.lost[0].end == seconds(30));
  CHECK(result.lost[0].node == 0);
  REQUIRE(result.jobs.size() == 2);
  CHECK(result.jobs[0].start == seconds(50));
  CHECK(result.jobs[0].end == seconds(100));
  CHECK(result.jobs[0].node == 1);
  CHECK(result.jobs[1].start == seconds(10));
}

TEST_CASE("a node comes back and is used again; failures that overlap are one") {
  SimulationOptions options = on(equal_nodes(1, cpus(4)));
  options.failures = {{0, seconds(5), seconds(20)}, {0, seconds(10), seconds(30)}};
  const Simulation result = run({.jobs = {job(0, 8, 4)}}, options);
  REQUIRE(result.outages.size() == 1);
  CHECK(result.outages[0].until == seconds(30));
  REQUIRE(result.jobs.size() == 1);
  CHECK(result.jobs[0].start == seconds(30));
  CHECK(result.jobs[0].end == seconds(38));
  CHECK(result.lost.size() == 1);
}

TEST_CASE("an attempt that ends as its node breaks has ended") {
  SimulationOptions options = on(equal_nodes(1, cpus(4)));
  options.failures = {{0, seconds(10), seconds(20)}};
  for (const auto events : {SimulationEvents::instant, SimulationEvents::one_by_one}) {
    options.events = events;
    const Simulation result = run({.jobs = {job(0, 10, 4), job(1, 3, 4)}}, options);
    CHECK(result.lost.empty());
    CHECK(result.jobs[0].end == seconds(10));
    CHECK(result.jobs[1].start == seconds(20));
  }
}

TEST_CASE("failures of no node, or that end before they begin, are an error") {
  SimulationOptions options = on(one_node(1));
  options.failures = {{1, seconds(0), seconds(1)}};
  CHECK(simulate({}, options).error().field == "failures");
  options.failures = {{0, seconds(2), seconds(2)}};
  CHECK(simulate({}, options).error().field == "failures");
}

TEST_CASE("utilisation while jobs wait counts only those times, and lost nodes as nothing") {
  // 0..10: 3 of 4 cpus while the wide job waits; 10..20: all 4, nobody waits; 20..30: idle.
  const Simulation plain =
      run({.jobs = {job(0, 10, 3), job(0, 10, 4), job(30, 10, 1)}}, on(one_node(4)));
  REQUIRE(plain.metrics.resources.size() == 1);
  CHECK(plain.metrics.resources[0].name == "cpus");
  CHECK(plain.metrics.resources[0].while_queued == 0.75);
  CHECK(plain.metrics.resources[0].utilisation == (30.0 + 40 + 10) / (4 * 40));
  CHECK(plain.metrics.utilisation_while_queued == 0.75);
  // Node 2 is away from 2 to 12: the second job, lost at 2, waits while node 1 is full.
  SimulationOptions options = on(equal_nodes(2, cpus(4)));
  options.engine.policy.fit_rule = fit_rules::first();
  options.failures = {{1, seconds(2), seconds(12)}};
  const Simulation failing = run({.jobs = {job(0, 20, 4), job(0, 5, 4)}}, options);
  CHECK(failing.jobs[1].start == seconds(12));
  CHECK(failing.metrics.utilisation_while_queued == 1.0);
  CHECK(failing.metrics.mean_wait == 6.0);
  CHECK(failing.metrics.resources[0].utilisation == (20.0 * 4 + 5 * 4 + 2 * 4) / (8 * 20));
}

TEST_CASE("a job that waits for another does not wait for machines meanwhile") {
  const Simulation result = run({.jobs = {job(0, 10, 1), job(0, 10, 1, {0})}}, on(one_node(4)));
  CHECK(result.metrics.utilisation_while_queued == 0);
}

TEST_CASE("each resource that a node has is measured") {
  Workload workload{.jobs = {job(0, 10, 2), job(0, 10, 2)}};
  workload.jobs[0].request.amounts.mem = 100;
  workload.jobs[0].request.amounts.custom = {{"rdma", 5000}};
  workload.jobs[1].request.gpus.share = 500;
  Capacity capacity = cpus(4);
  capacity.amounts.mem = 400;
  capacity.amounts.custom = {{"rdma", 10'000}};
  capacity.gpus.resize(2);
  const Simulation result = run(workload, on(equal_nodes(1, capacity)));
  const auto& uses = result.metrics.resources;
  REQUIRE(uses.size() == 4);
  CHECK(uses[0].utilisation == 1.0);
  CHECK(uses[1].name == "mem");
  CHECK(uses[1].utilisation == 0.25);
  CHECK(uses[2].name == "gpus");
  CHECK(uses[2].utilisation == 0.25);
  CHECK(uses[3].name == "custom.rdma");
  CHECK(uses[3].utilisation == 0.5);
}

TEST_CASE("waits: mean, the 95th of a hundred, the longest; slowdown and flow") {
  Workload workload;
  for (int i = 0; i < 100; ++i) workload.jobs.push_back(job(0, 10, 1));
  const Simulation result = run(workload, on(one_node(1)));
  CHECK(result.metrics.mean_wait == 495.0);
  CHECK(result.metrics.p95_wait == 940.0);
  CHECK(result.metrics.max_wait == 990.0);
  CHECK(result.metrics.mean_flow == 505.0);
  CHECK(result.metrics.max_bounded_slowdown == 100.0);
  CHECK(result.metrics.makespan == 1000.0);
}

TEST_CASE("the table of jobs has a line a job, seconds with the decimals they need") {
  Workload workload{.jobs = {job(1, 10, 2)}};
  workload.jobs[0].number = 9;
  workload.jobs[0].user = "a,b";
  workload.jobs[0].submit = std::chrono::milliseconds(1500);
  workload.jobs[0].request.amounts.cpus = 500;
  const SimulationOptions options = on(equal_nodes(10, cpus(1)));
  CHECK(options.nodes.front().name == "node01");
  CHECK(options.nodes.back().name == "node10");
  CHECK(per_job_csv(workload, options.nodes, run(workload, options)) ==
        "job,user,submit,start,end,node,cores\n9,\"a,b\",1.5,1.5,11.5,node01,0.5\n");
}

TEST_CASE("the part of the nodes that fails is drawn by the seed") {
  const auto failures = fail_part(10, 0.3, seconds(1), seconds(2), 5);
  REQUIRE(failures.size() == 3);
  CHECK(failures[0].node < failures[1].node);
  CHECK(failures[1].node < failures[2].node);
  CHECK(failures[2].node < 10);
  const auto nodes = [](std::uint64_t seed) {
    std::vector<std::uint32_t> out;
    for (const auto& failure : fail_part(10, 0.3, seconds(1), seconds(2), seed)) {
      out.push_back(failure.node);
    }
    return out;
  };
  CHECK(nodes(5) == nodes(5));
  CHECK((nodes(5) != nodes(6) || nodes(5) != nodes(7)));
  CHECK(fail_part(4, 1, seconds(1), seconds(2), 1).size() == 4);
}
