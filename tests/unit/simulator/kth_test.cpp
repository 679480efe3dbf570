// The published schedules of the KTH-SP2 log, job by job.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "retz/simulator.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

const Workload& kth() {
  static const Workload workload = [] {
    auto read = read_swf(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz");
    REQUIRE(read);
    return std::move(*read);
  }();
  return workload;
}

// A policy by its names, as the published file has it.
struct Case {
  const char* ordering = "fifo";
  const char* planner = "strict";
  const char* backfill_order = nullptr;
  bool exact_estimates = false;
  SimulationEvents events = SimulationEvents::instant;
};

Simulation replay(const Case& named) {
  SimulationOptions options;
  options.engine.policy.ordering = *make_ordering(named.ordering);
  options.engine.policy.planner = *make_planner(named.planner);
  if (named.backfill_order != nullptr) {
    options.engine.policy.backfill_order = *make_ordering(named.backfill_order);
  }
  options.nodes = one_node(kth().processors);
  options.events = named.events;
  Workload workload = kth();
  for (WorkloadJob& job : workload.jobs) {
    if (named.exact_estimates) job.estimate = job.run;
  }
  auto result = simulate(workload, options);
  REQUIRE(result);
  CHECK(result->jobs.size() == 28481);
  return std::move(*result);
}

// FNV-1a (Fowler, Noll, Vo) over lines "job number,start" in seconds, as the published files hold
// them: the digest of the columns job_id,start.
std::uint64_t digest(const Simulation& simulation) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto& job : simulation.jobs) {
    const auto start = std::chrono::duration_cast<seconds>(job.start);
    REQUIRE(start == job.start);
    for (const char c :
         std::to_string(kth().jobs[job.job].number) + "," + std::to_string(start.count()) + "\n") {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
  }
  return hash;
}

const SimulatedJob& numbered(const Simulation& simulation, std::uint64_t number) {
  for (const auto& job : simulation.jobs) {
    if (kth().jobs[job.job].number == number) return job;
  }
  FAIL("no such job");
  return simulation.jobs.front();
}

}  // namespace

TEST_CASE("fifo and strict give the published FCFS schedule of KTH-SP2, every start time") {
  const Simulation result = replay({});
  CHECK(result.stuck == 0);
  CHECK(numbered(result, 3).start == seconds(337334));
  CHECK(numbered(result, 14245).start == seconds(16506228));
  CHECK(digest(result) == 0xf665f7c482071349ULL);
  CHECK(result.metrics.mean_bounded_slowdown == doctest::Approx(6814.973310176236).epsilon(1e-13));
  CHECK(result.metrics.mean_wait == doctest::Approx(353776.4091499596).epsilon(1e-13));
  CHECK(result.metrics.max_wait == 946685.0);
  CHECK(result.metrics.makespan == 29379608.0);
  CHECK(result.metrics.resources.front().utilisation == doctest::Approx(0.685240).epsilon(1e-6));
}

TEST_CASE("fifo and first_fit give the published schedule without reservations of KTH-SP2") {
  const Simulation result = replay({"fifo", "first_fit"});
  CHECK(numbered(result, 14245).start == seconds(15732679));
  CHECK(digest(result) == 0x07159f6952521f93ULL);
  CHECK(result.metrics.mean_bounded_slowdown == doctest::Approx(71.45348769837564).epsilon(1e-13));
  CHECK(result.metrics.max_wait == 1723252.0);
  CHECK(result.metrics.makespan == 29363626.0);
}

TEST_CASE("the same simulation twice gives the same schedule") {
  CHECK(digest(replay({"fifo", "first_fit"})) == digest(replay({"fifo", "first_fit"})));
}

TEST_CASE("easy gives the published schedules of KTH-SP2, every start time") {
  const Simulation result = replay({"fifo", "easy"});
  CHECK(digest(result) == 0x3d49dc0e0d0ac937ULL);
  CHECK(result.metrics.mean_bounded_slowdown == doctest::Approx(92.687654).epsilon(1e-8));
  CHECK(digest(replay({"fifo", "easy", nullptr, true})) == 0xc497d7bff3fea87fULL);
  const Case of_pyss{"fifo", "easy", nullptr, false, SimulationEvents::one_by_one};
  CHECK(digest(replay(of_pyss)) == 0x9618f137d3a803a9ULL);
}

TEST_CASE("easy in other orders gives the published schedules of KTH-SP2") {
  CHECK(digest(replay({"shortest", "easy"})) == 0x4ba9cde255a8a659ULL);
  CHECK(digest(replay({"smallest_area", "easy"})) == 0x5658d27d1e5b199aULL);
  CHECK(digest(replay({"wfp3", "easy"})) == 0xf6626c26cb8319ddULL);
  CHECK(digest(replay({"fifo", "easy", "shortest"})) == 0x41e70770dbcb4bd9ULL);
}

TEST_CASE("planning all anew gives the published conservative schedules of KTH-SP2") {
  CHECK(digest(replay({"fifo", "conservative_replan"})) == 0x52e4952aafaf82b8ULL);
  CHECK(digest(replay({"shortest", "conservative_replan"})) == 0xa85c8e07c0e38a73ULL);
}

TEST_CASE("kept reservations give the published conservative schedule of KTH-SP2") {
  const Case of_pyss{"fifo", "conservative", nullptr, false, SimulationEvents::one_by_one};
  CHECK(digest(replay(of_pyss)) == 0xa005e3caf7aabf3eULL);
}
