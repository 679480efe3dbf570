// A restart goes on where the last runtime stopped.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

TEST_CASE("after a restart the engine is the same, and what runs is found again") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two"), job("three")}));
  const std::uint64_t before = host.runtime->engine_digest();
  host.crash();
  host.open();
  CHECK(host.runtime->engine_digest() == before);
  host.settle();
  CHECK(host.store.rows.attempts.at({{1}, 1}).state == AttemptState::running);
  CHECK(host.cluster.launches.size() == 1);
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  CHECK(host.cluster.launches.size() == 2);
  CHECK(host.cluster.launches[1].job->name == "two");
  CHECK(host.ask(submit({job("four")}))->jobs == std::vector<JobId>{{4}});
}

TEST_CASE("an attempt that was stored and never launched is tried again as a system failure") {
  Host host;
  host.open();
  host.settle();
  host.cluster.before_action = [](const Action&) { throw 1; };
  host.post(submit({job("one")}));
  CHECK_THROWS_AS(host.runtime->turn(), int);
  host.cluster.before_action = nullptr;
  host.crash();
  host.open();
  host.settle();
  CHECK(host.store.rows.jobs.at({1}).status.system_failures == 1);
  CHECK(host.cluster.runs.at("one") == 1);
  CHECK(host.cluster.attempts.at({{1}, 2}).stage == FakeCluster::Stage::running);
}

TEST_CASE("a result that came while nobody listened is taken at the restart") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  host.cluster.end({{1}, 1}, exit_with(5));
  host.crash();  // with the event still in the mailbox
  host.open();
  host.settle();
  CHECK(host.state_of({1}) == JobState::failed);
  CHECK(host.store.rows.jobs.at({1}).status.outcome->exit_code == 5);
}

TEST_CASE("a job whose application is gone from the rows ends with that reason") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  host.crash();
  host.store.rows.applications.clear();  // by a hand in the database
  host.open();
  host.settle();
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  CHECK(host.state_of({2}) == JobState::failed);
  CHECK(host.store.rows.jobs.at({2}).status.outcome->kind == OutcomeKind::cannot_launch);
  CHECK(host.store.rows.jobs.at({2}).status.outcome->reason.find("app") != std::string::npos);
}

TEST_CASE("a store that cannot be read does not open, and says why") {
  Host host;
  host.store.unreadable = Error{Errc::storage_corrupt, "the file is damaged", {}};
  const auto opened =
      Runtime::open(host.options, host.mailbox, host.clock, host.store, host.cluster);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::storage_corrupt);
}
