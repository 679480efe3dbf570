// The order of work, as seen by the store, the clients, the cluster and the host.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

TEST_CASE("a turn commits, then replies, then carries out, then tells its host") {
  Host host;
  host.open();
  host.settle();
  host.trace.clear();
  const Reply reply = host.post(submit({job("one")}));
  host.runtime->turn();
  CHECK(host.trace == Trace{"commit 1", "reply", "carry out 1", "committed 1"});
  CHECK((**reply)->jobs == std::vector<JobId>{{1}});
  REQUIRE(host.cluster.launches.size() == 1);
  const Launch& launch = host.cluster.launches[0];
  CHECK(launch.attempt == AttemptRef{{1}, 1});
  CHECK(launch.job->command == "true");
  CHECK(launch.application->name == "app");
  CHECK(launch.grace_period == std::chrono::seconds(10));  // the application's
  CHECK(host.store.rows.attempts.at({{1}, 1}).state == AttemptState::starting);
}

TEST_CASE("a hundred commands of one drain share one commit") {
  Host host;
  host.cluster.cpus = 2000;
  host.open();
  host.settle();
  host.trace.clear();
  for (int i = 0; i < 100; ++i) host.post(submit({job("job")}, "key" + std::to_string(i)));
  host.runtime->turn();
  CHECK(host.store.tried.size() == 1);
  CHECK(host.trace.front() == "commit 1");
  CHECK(std::count(host.trace.begin(), host.trace.end(), "reply") == 100);
  CHECK(host.store.rows.jobs.size() == 100);
  CHECK(host.cluster.launches.size() == 2);
  CHECK(host.runtime->status().counts.queued == 98);
  CHECK(host.runtime->status().counts.active == 2);
}

TEST_CASE("receipts go back after the commit of their events, duplicates too") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  host.cluster.end({{1}, 1}, exit_with(0), Receipt{7});
  host.trace.clear();
  host.runtime->turn();
  CHECK(host.trace == Trace{"commit 2", "carry out 0", "committed 2"});
  CHECK(host.cluster.settled == std::vector<Receipt>{{7}});
  CHECK(host.state_of({1}) == JobState::finished);

  host.trace.clear();
  host.cluster.end({{1}, 1}, exit_with(0), Receipt{8});
  host.runtime->turn();
  CHECK(host.trace == Trace{"carry out 0"});  // nothing new to store
  CHECK(host.cluster.settled.back() == Receipt{8});
}

TEST_CASE("a runtime at rest does nothing, and sleeps until something is posted") {
  Host host;
  host.open();
  host.settle();
  host.trace.clear();
  const Runtime::Turn turn = host.runtime->turn();
  CHECK_FALSE(turn.worked);
  CHECK_FALSE(turn.sleep.has_value());
  CHECK(host.trace.empty());
}

TEST_CASE("a back-off becomes the sleep of the turn, and its end is work") {
  Host host;
  host.open();
  JobSpec spec = job("again");
  spec.retry = {
      2, true, true, false, false, false, std::chrono::seconds(30), std::chrono::minutes(10)};
  host.ask(submit({spec}));
  host.cluster.end({{1}, 1}, exit_with(3));
  host.runtime->turn();
  CHECK(host.cluster.launches.size() == 1);
  Runtime::Turn turn = host.runtime->turn();
  REQUIRE(turn.sleep.has_value());
  CHECK(*turn.sleep == std::chrono::seconds(30));
  host.clock.pass(*turn.sleep);
  turn = host.runtime->turn();
  CHECK(turn.worked);
  CHECK(host.cluster.launches.size() == 2);
}

TEST_CASE("the stamp follows the steady clock; a wall clock that jumps is told of, not followed") {
  Host host;
  host.open();
  host.settle();
  const Instant before = host.runtime->status().now;
  CHECK(before == host.clock.wall_now);
  host.clock.pass(std::chrono::seconds(5));
  host.clock.wall_now -= std::chrono::hours(2);
  host.ask(submit({job("one")}));
  CHECK(host.store.rows.last_stamp == before + std::chrono::seconds(5));
  REQUIRE(host.log.size() == 1);
  CHECK(host.log[0].find("7200 s behind") != std::string::npos);
  host.runtime->turn();
  CHECK(host.log.size() == 1);  // told once
}

TEST_CASE("a wall clock that was set back while the program was down does not turn time back") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  const Instant last = host.store.rows.last_stamp;
  host.crash();
  host.clock.wall_now -= std::chrono::hours(24);
  host.open();
  CHECK(host.runtime->status().now == last);
  host.ask(submit({job("two")}));
  CHECK(host.store.rows.last_stamp >= last);
}

TEST_CASE(
    "the cluster is told when jobs begin to wait, when more do, and when none do any longer") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.settle();
  std::vector<std::uint64_t> told;
  bool first = true, came_first = true;
  host.cluster.before_action = [&](const Action& action) {
    if (const auto* wanted = std::get_if<LeasesWanted>(&action)) {
      told.push_back(wanted->waiting);
      came_first = came_first && first;
    }
    first = false;
  };
  const auto turn = [&] {
    first = true;
    host.runtime->turn();
  };
  host.post(submit({job("runs")}));
  turn();
  CHECK(told.empty());  // it started at once
  host.post(submit({job("waits"), job("waits")}));
  turn();
  CHECK(told == std::vector<std::uint64_t>{2});
  host.post(submit({job("waits")}));
  turn();
  CHECK(told == std::vector<std::uint64_t>{2, 3});
  for (std::uint64_t ended = 1; ended <= 3; ++ended) {
    host.cluster.end({{ended}, 1}, exit_with(0));
    turn();
  }
  CHECK(told == std::vector<std::uint64_t>{2, 3, 0});
  CHECK(came_first);
}

TEST_CASE("a launch carries the time of its decision, the one that its record has") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  REQUIRE(host.cluster.launches.size() == 1);
  CHECK(host.cluster.launches[0].started == host.store.rows.attempts.at({{1}, 1}).started);
}
