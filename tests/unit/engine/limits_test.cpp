// What users and arrays may have at once, policies that change, and maintenance.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

JobFacts member(std::uint64_t id, std::uint64_t first, std::uint32_t running_max) {
  JobFacts f = facts(id);
  const auto index = static_cast<std::int64_t>(id - first);
  f.array = ArrayPlace{JobId{first}, 0, 9, index, running_max};
  return f;
}

Policy limited(UserLimits limits) {
  Policy p;
  p.user_limits = limits;
  return p;
}

TEST_CASE("beyond the limit of queued jobs a user's jobs are blocked, and move up by arrival") {
  Driver d({limited({{}, {}, 2}), 1, {}});
  for (std::uint64_t id = 1; id <= 4; ++id) d.submit(0, facts(id));
  JobFacts other = facts(5);
  other.user = "bob";
  d.submit(1, other);
  CHECK(d.state(2) == "queued");
  CHECK(d.state(3) == "blocked");
  CHECK(d.state(4) == "blocked");
  CHECK(d.state(5) == "queued");
  d.cancel(7, 1);
  CHECK(d.state(3) == "queued");
  CHECK(d.status(3).eligible_at == at(7));
  CHECK(d.state(4) == "blocked");
}

TEST_CASE("jobs in line start in the same step when those before them start") {
  Driver d({limited({{}, {}, 1}), 1, {}});
  for (std::uint64_t id = 1; id <= 3; ++id) d.submit(0, facts(id));
  d.node(1, "a", 4, 1);
  CHECK(d.decisions() == "start 1/1 on a, start 2/1 on a, start 3/1 on a");
}

TEST_CASE("who stands in line does so after a restart, and a wider limit lets all through") {
  const EngineOptions narrow{limited({{}, {}, 1}), 1, {}};
  Driver before(narrow);
  for (std::uint64_t id = 1; id <= 3; ++id) before.submit(0, facts(id));
  Driver d;
  d.engine = *Engine::restore(narrow, before.engine.snapshot());
  d.engine.check_invariants();
  CHECK(d.engine.digest() == before.engine.digest());
  d.go(1, TimePassed{});
  CHECK(d.engine.counts().blocked == 2);
  d.go(2, PolicyChanged{Policy{}});
  CHECK(d.engine.counts().blocked == 0);
  CHECK(d.state(3) == "queued");
}

TEST_CASE("a narrower limit sends the latest of the queued jobs back into line") {
  Driver d;
  for (std::uint64_t id = 1; id <= 4; ++id) d.submit(0, facts(id));
  d.go(1, PolicyChanged{limited({{}, {}, 2})});
  CHECK(d.status(4).state == JobState::blocked);
  CHECK(d.status(3).state == JobState::blocked);
  CHECK(d.engine.counts().queued == 2);
}

TEST_CASE("a policy that contradicts itself is refused by its field, and changes nothing") {
  Driver d;
  const auto refused = [&d](const Policy& p) {
    d.go(0, PolicyChanged{p});
    REQUIRE(d.decisions() == "refuse 0");
    return d.refusal().field;
  };
  Policy p;
  p.starvation_bound = Duration{0};
  CHECK(refused(p) == "starvation_bound");
  p = {};
  p.fair_share.half_life = Duration{0};
  CHECK(refused(p) == "fair_share.half_life");
  p = {};
  p.fair_share.weights["alice"] = 0;
  CHECK(refused(p) == "fair_share.weights.alice");
  p = limited({{}, -1, {}});
  CHECK(refused(p) == "user_limits.running_cpus");
  CHECK(d.engine.options().policy.planner->name() == "first_fit");
}

TEST_CASE("the policy is told as it is now") {
  Driver d;
  Policy p;
  p.planner = planners::strict();
  p.user_limits.running = 7;
  d.go(0, PolicyChanged{p});
  CHECK(d.engine.options().policy.planner->name() == "strict");
  CHECK(d.engine.options().policy.ordering->name() == "fifo");
  CHECK(d.engine.options().policy.user_limits.running == 7);
}

TEST_CASE("a policy is made from names, and the error names the field") {
  const auto made = make_policy({"priority", "fifo", "strict", "worst"});
  REQUIRE(made.has_value());
  CHECK(made->ordering->name() == "priority");
  CHECK(made->backfill_order->name() == "fifo");
  CHECK(made->planner->name() == "strict");
  CHECK(made->fit_rule->name() == "worst");
  CHECK(make_policy({})->ordering->name() == "fifo");
  CHECK(make_policy({"", "lottery", "", ""}).error().field == "backfill_order");
  CHECK(make_policy({"", "", "magic", ""}).error().field == "planner");
}

TEST_CASE("maintenance is written down, kept over a restart, and forgotten when it is over") {
  Driver d;
  const std::vector<MaintenanceWindow> windows = {{at(10), at(20)}, {at(30), at(40)}};
  d.node(0, "a", 1, 1).go(1, MaintenancePlanned{"a", windows});
  const auto changed = [&d] { return std::get<MaintenanceChanged>(d.step.changes.at(0)).windows; };
  CHECK(changed() == windows);
  CHECK(d.engine.nodes().at(0).maintenance == windows);
  Driver restored;
  restored.engine = *Engine::restore({}, d.engine.snapshot());
  CHECK(restored.engine.digest() == d.engine.digest());
  CHECK(restored.engine.snapshot().maintenance.at(0).windows == windows);
  d.go(2, MaintenancePlanned{"a", windows});
  CHECK(d.step.changes.empty());
  d.go(25, TimePassed{});
  CHECK(changed() == std::vector<MaintenanceWindow>{{at(30), at(40)}});
  d.go(26, MaintenancePlanned{"a", {}});
  CHECK(changed().empty());
  CHECK(d.engine.snapshot().maintenance.empty());
}

TEST_CASE("maintenance windows that overlap or end before they begin are refused") {
  Driver d;
  d.go(0, MaintenancePlanned{"a", {{at(10), at(20)}, {at(15), at(40)}}});
  CHECK(d.refusal().field == "windows[1]");
  d.go(0, MaintenancePlanned{"a", {{at(20), at(10)}}});
  CHECK(d.refusal().field == "windows[0]");
}

TEST_CASE("places in arrays are kept, also where jobs are not numbered one after the other") {
  Driver d;
  d.submit(0, member(1, 1, 2)).submit(0, member(2, 1, 2));
  JobFacts odd = member(9, 1, 2);
  odd.array->index = 5;
  d.submit(0, odd);
  Driver restored;
  restored.engine = *Engine::restore({}, d.engine.snapshot());
  restored.engine.check_invariants();
  CHECK(restored.engine.digest() == d.engine.digest());
  const Snapshot kept = restored.engine.snapshot();
  CHECK(kept.jobs.at(1).facts.array == member(2, 1, 2).array);
  CHECK(kept.jobs.at(2).facts.array == odd.array);
}

}  // namespace
}  // namespace retz::engine_test
