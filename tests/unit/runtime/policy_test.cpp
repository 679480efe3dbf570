// What the runtime learns and keeps beside jobs: estimates, maintenance, a policy set while
// running.
#include <doctest/doctest.h>

#include "runtime/estimate_learner.hpp"
#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;
using namespace std::chrono_literals;

TEST_CASE("an estimate is the mean of the last two runs, rounded up so that few come about") {
  runtime::EstimateLearner learner;
  CHECK_FALSE(learner.estimate("alice", "app"));
  learner.note("alice", "app", 100s);
  CHECK(learner.estimate("alice", "app") == Duration(112s));
  learner.note("alice", "app", 10s);
  learner.note("alice", "app", 30s);
  CHECK(learner.estimate("alice", "app") == Duration(20s));
  CHECK_FALSE(learner.estimate("bob", "app"));
  CHECK_FALSE(learner.estimate("alice", "other"));
  learner.note("bob", "app", 3ms);
  CHECK(learner.estimate("bob", "app") == Duration(1s));
  learner.note("carol", "app", 64s);
  CHECK(learner.estimate("carol", "app") == Duration(64s));
  learner.note("dave", "app", 64s + Duration(1));
  CHECK(learner.estimate("dave", "app") == Duration(80s));
}

TEST_CASE("an estimate comes from the user, the limit, runs that succeeded, or the configuration") {
  Host host;
  host.open();
  host.settle();
  JobSpec limited = job("limited");
  limited.time_limit = 100s;
  limited.grace_period = 5s;
  JobSpec given = job("given");
  given.estimate = 7s;
  host.ask(submit({job("plain"), limited, given, job("fails")}));
  const auto& rows = host.store.rows.jobs;
  CHECK(rows.at({1}).estimate == Duration(1h));
  CHECK(rows.at({1}).estimate_source == EstimateSource::fallback);
  CHECK(rows.at({2}).estimate == Duration(105s));
  CHECK(rows.at({2}).estimate_source == EstimateSource::time_limit);
  CHECK(rows.at({3}).estimate == Duration(7s));
  CHECK(rows.at({3}).estimate_source == EstimateSource::given);
  host.clock.pass(20s);
  host.cluster.end({{1}, 1}, exit_with(0));
  host.cluster.end({{4}, 1}, exit_with(1));
  host.settle();
  host.ask(submit({job("next")}));
  CHECK(rows.at({5}).estimate == Duration(20s));
  CHECK(rows.at({5}).estimate_source == EstimateSource::learnt);
}

TEST_CASE("a learnt estimate outlives a restart, and so does what was learnt") {
  Host host;
  host.open();
  host.settle();
  host.ask(submit({job("one")}));
  host.clock.pass(20s);
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  host.ask(submit({job("two")}));
  host.clock.pass(60s);
  const std::uint64_t before = host.runtime->engine_digest();
  host.crash();
  host.open();
  CHECK(host.runtime->engine_digest() == before);
  host.settle();
  CHECK(host.store.rows.jobs.at({2}).estimate_source == EstimateSource::learnt);
  host.ask(submit({job("three")}));
  CHECK(host.store.rows.jobs.at({3}).estimate == Duration(20s));
}

TEST_CASE("a policy that was set while running holds until the configuration changes") {
  Host host;
  host.open();
  Policy policy;
  policy.ordering = orderings::priority();
  policy.starvation_bound = 2h;
  REQUIRE(host.ask(SetPolicy{policy}));
  CHECK(host.runtime->status().ordering == "priority");
  CHECK(host.runtime->status().policy.starvation_bound == Duration(2h));
  host.crash();
  host.open();
  CHECK(host.runtime->status().ordering == "priority");
  host.crash();
  host.options.engine.policy.planner = planners::strict();
  host.open();
  CHECK(host.runtime->status().ordering == "fifo");
  CHECK(host.runtime->status().planner == "strict");
  host.settle();
  host.crash();
  host.options.engine.policy = {};
  host.open();
  CHECK(host.runtime->status().ordering == "fifo");
}

TEST_CASE("a policy that contradicts itself is refused and not kept") {
  Host host;
  host.open();
  Policy policy;
  policy.fair_share.weights["alice"] = -1;
  const Result<Answer> refused = host.ask(SetPolicy{policy});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().field == "fair_share.weights.alice");
  CHECK(host.store.rows.states.count("policy") == 0);
}

TEST_CASE("maintenance is kept, united where it overlaps, and ended by saying none") {
  Host host;
  host.open();
  host.settle();
  const auto at = [](int hours) { return at_micros(0) + std::chrono::hours(hours + 500'000); };
  CHECK(host.ask(PlanMaintenance{"nowhere", {}}).error().code == Errc::not_found);
  CHECK(host.ask(PlanMaintenance{"local", {{at(2), at(2)}}}).error().field == "maintenance");
  REQUIRE(host.ask(PlanMaintenance{"local", {{at(5), at(6)}, {at(1), at(3)}, {at(2), at(4)}}}));
  const std::vector<MaintenanceWindow> expected{{at(1), at(4)}, {at(5), at(6)}};
  CHECK(host.runtime->status().nodes.at(0).maintenance == expected);
  const std::uint64_t before = host.runtime->engine_digest();
  host.crash();
  host.open();
  CHECK(host.runtime->engine_digest() == before);
  host.settle();
  CHECK(host.runtime->status().nodes.at(0).maintenance == expected);
  REQUIRE(host.ask(PlanMaintenance{"local", {}}));
  CHECK(host.store.rows.states.count("maintenance/local") == 0);
}

TEST_CASE("a kept state that nobody of us wrote is named") {
  Host host;
  host.store.rows.states["used/local"] = "x";
  const auto opened =
      Runtime::open(host.options, host.mailbox, host.clock, host.store, host.cluster);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::storage_corrupt);
  CHECK(opened.error().message.find("used/local") != std::string::npos);
}
