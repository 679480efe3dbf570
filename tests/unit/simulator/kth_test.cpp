// The published FCFS schedules of the KTH-SP2 log, job by job.
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

Simulation replay(std::shared_ptr<const Planner> planner) {
  SimulationOptions options;
  options.engine.policy.ordering = orderings::fifo();
  options.engine.policy.planner = std::move(planner);
  options.nodes = one_node(kth().processors);
  auto result = simulate(kth(), options);
  REQUIRE(result);
  return std::move(*result);
}

// FNV-1a (Fowler, Noll, Vo) over lines "job number,start" in seconds, as the published files hold
// them: the digest of the columns job_id,start.
std::uint64_t digest(const Simulation& simulation) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto& job : simulation.jobs) {
    const auto start = std::chrono::duration_cast<seconds>(job.start);
    REQUIRE(start == job.start);
    for (const char c : std::to_string(job.number) + "," + std::to_string(start.count()) + "\n") {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
  }
  return hash;
}

const SimulatedJob& numbered(const Simulation& simulation, std::uint64_t number) {
  for (const auto& job : simulation.jobs) {
    if (job.number == number) return job;
  }
  FAIL("no such job");
  return simulation.jobs.front();
}

}  // namespace

TEST_CASE("fifo and strict give the published FCFS schedule of KTH-SP2, every start time") {
  const Simulation result = replay(planners::strict());
  CHECK(result.jobs.size() == 28481);
  CHECK(result.stuck == 0);
  CHECK(numbered(result, 3).start == seconds(337334));
  CHECK(numbered(result, 14245).start == seconds(16506228));
  CHECK(digest(result) == 0xf665f7c482071349ULL);
  CHECK(result.mean_bounded_slowdown == doctest::Approx(6814.973310176236).epsilon(1e-13));
  CHECK(result.mean_wait == doctest::Approx(353776.4091499596).epsilon(1e-13));
  CHECK(result.max_wait == 946685.0);
  CHECK(result.makespan == 29379608.0);
  CHECK(result.utilisation == doctest::Approx(0.685240).epsilon(1e-6));
}

TEST_CASE("fifo and first_fit give the published schedule without reservations of KTH-SP2") {
  const Simulation result = replay(planners::first_fit());
  CHECK(result.jobs.size() == 28481);
  CHECK(numbered(result, 14245).start == seconds(15732679));
  CHECK(digest(result) == 0x07159f6952521f93ULL);
  CHECK(result.mean_bounded_slowdown == doctest::Approx(71.45348769837564).epsilon(1e-13));
  CHECK(result.max_wait == 1723252.0);
  CHECK(result.makespan == 29363626.0);
}

TEST_CASE("the same simulation twice gives the same schedule") {
  CHECK(digest(replay(planners::first_fit())) == digest(replay(planners::first_fit())));
}
