// The history of a server as a workload and the schedule that it had.
#include <doctest/doctest.h>

#include <memory>

#include "cli/sim/history.hpp"

using namespace retz;
using namespace retz::cli;
using std::chrono::seconds;

namespace {

constexpr Instant day = at_micros(1'700'000'000'000'000);

struct Past {
  std::unique_ptr<Store> store = memory_store();
  std::vector<Write> writes = {};
  std::uint64_t batches = 0;

  /// Submitted, then attempts by (start, end) since the day began; none: it never ran.
  void job(std::uint64_t id, int submitted, const std::vector<std::pair<int, int>>& attempts,
           JobState state = JobState::finished, JobSpec spec = {}, int estimate = 100) {
    if (spec.user.empty()) spec.user = "ada";
    spec.request.amounts.cpus = 2000;
    spec.request.amounts.mem = 512;
    JobRecord record{.id = {id}, .spec = std::make_shared<const JobSpec>(spec)};
    record.status.state = state;
    record.status.arrival = {id};
    record.status.submitted = day + seconds(submitted);
    record.status.attempts = static_cast<std::uint32_t>(attempts.size());
    record.estimate = seconds(estimate);
    writes.emplace_back(AddJob{record});
    std::uint32_t number = 0;
    for (const auto& [start, end] : attempts) {
      AttemptRecord attempt{.ref = {{id}, ++number}, .state = AttemptState::ended};
      attempt.placement = {.node = id % 2 == 0 ? "even" : "odd",
                           .amounts = {.cpus = 2000, .mem = 512}};
      attempt.started = day + seconds(start);
      attempt.ended = day + seconds(end);
      attempt.outcome = Outcome{};
      writes.emplace_back(PutAttempt{attempt});
    }
  }

  History read(const HistoryOptions& options = {}) {
    REQUIRE(store->commit(BatchNumber{++batches}, day, writes));
    auto history = read_history(*store, options);
    REQUIRE(history);
    return std::move(*history);
  }
};

}  // namespace

TEST_CASE("jobs come by submission, with the times and estimates that they had") {
  Past past;
  past.job(2, 50, {{60, 100}}, JobState::failed, {.user = "bob", .priority = 3}, 70);
  past.job(1, 10, {{10, 300}});
  const History history = past.read();
  REQUIRE(history.workload.jobs.size() == 2);
  CHECK(history.begin == day + seconds(10));
  const WorkloadJob& second = history.workload.jobs[1];
  CHECK(second.number == 2);
  CHECK(second.submit == seconds(40));
  CHECK(second.recorded_start == seconds(50));
  CHECK(second.run == seconds(40));
  CHECK(second.estimate == seconds(70));
  CHECK(second.user == "bob");
  CHECK(second.priority == 3);
  CHECK(history.workload.jobs[0].run == seconds(290));
  CHECK(history.workload.jobs[0].estimate == seconds(100));  // it had been too short
  CHECK(history.nodes[history.recorded.jobs[1].node].name == "even");
}

TEST_CASE("what never ran and what is not over is counted and left out") {
  Past past;
  past.job(1, 0, {}, JobState::killed);
  past.job(2, 0, {}, JobState::queued);
  past.job(3, 0, {{0, 5}}, JobState::active);
  past.job(4, 0, {{1, 5}}, JobState::killed);
  const History history = past.read();
  CHECK(history.workload.jobs.size() == 1);
  CHECK(history.never_ran == 1);
  CHECK(history.still_live == 2);
}

TEST_CASE("an attempt before the last is in the record, not in the workload") {
  Past past;
  past.job(1, 0, {{0, 10}, {20, 50}});
  const History history = past.read();
  CHECK(history.workload.jobs[0].run == seconds(30));
  REQUIRE(history.recorded.lost.size() == 1);
  CHECK(history.recorded.lost[0].end == seconds(10));
}

TEST_CASE("a node is as large as the most that was in use there at once") {
  Past past;
  past.job(1, 0, {{0, 10}});
  past.job(3, 0, {{10, 20}});  // starts as the other ends
  past.job(5, 0, {{15, 30}});
  past.job(2, 0, {{0, 100}});
  const History history = past.read();
  REQUIRE(history.nodes.size() == 2);
  for (const SimulatedNode& node : history.nodes) {
    CHECK(node.capacity.amounts.cpus == (node.name == "odd" ? 4000 : 2000));
    CHECK(node.capacity.amounts.mem == (node.name == "odd" ? 1024 : 512));
  }
}

TEST_CASE("a job waits for those of its dependencies that are in the workload") {
  Past past;
  past.job(1, 0, {{0, 10}});
  past.job(2, 0, {{10, 20}}, JobState::finished,
           {.dependencies = {{{1}, Dependency::When::success}, {{77}, Dependency::When::end}}});
  const History history = past.read();
  REQUIRE(history.workload.jobs[1].after.size() == 1);
  CHECK(history.workload.jobs[1].after[0] == 0);
}

TEST_CASE("conditions on nodes are left out and counted, unless the nodes are described") {
  Past past;
  JobSpec spec;
  spec.request.constraints = {{"rack", Constraint::Kind::equals, {"r1"}}};
  spec.request.ports = 2;
  past.job(1, 0, {{0, 10}}, JobState::finished, spec);
  const History history = past.read();
  CHECK(history.without_condition == 1);
  CHECK(history.workload.jobs[0].request.constraints.empty());
  CHECK(history.workload.jobs[0].request.ports == 0);
  const auto kept = read_history(*past.store, {.keep_conditions = true});
  REQUIRE(kept);
  CHECK(kept->workload.jobs[0].request.constraints.size() == 1);
  CHECK(kept->without_condition == 0);
}

TEST_CASE("a part of the past is what was submitted in it") {
  Past past;
  for (std::uint64_t id = 1; id <= 9; ++id) {
    past.job(id, static_cast<int>(id) * 10, {{static_cast<int>(id) * 10, 200}});
  }
  const History history = past.read({.from = day + seconds(30), .until = day + seconds(60)});
  REQUIRE(history.workload.jobs.size() == 3);
  CHECK(history.workload.jobs.front().number == 3);
  CHECK(history.workload.jobs.back().number == 5);
}

TEST_CASE("jobs whose array had a limit are counted: a workload knows no such limit") {
  Past past;
  JobSpec spec;
  spec.array = ArrayPlace{.array = {1}, .from = 1, .to = 2, .index = 1, .running_max = 1};
  past.job(1, 0, {{0, 10}}, JobState::finished, spec);
  past.job(2, 0, {{10, 20}});
  CHECK(past.read().of_limited_array == 1);
}

TEST_CASE("a history of more than a page is whole") {
  Past past;
  for (std::uint64_t id = 1; id <= 2500; ++id) past.job(id, 1, {{2, 3}});
  CHECK(past.read().workload.jobs.size() == 2500);
}
