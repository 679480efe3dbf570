// Why a job waits, what would let it start, and when it will.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

using Code = Reason::Code;

Reason reason(const Explanation& e, Code code) {
  const auto found = std::find_if(e.reasons.begin(), e.reasons.end(),
                                  [code](const Reason& r) { return r.code == code; });
  REQUIRE_MESSAGE(found != e.reasons.end(), "no reason " << std::string(to_string(code)));
  return *found;
}

EngineOptions limited(UserLimits limits) {
  EngineOptions o;
  o.policy.user_limits = limits;
  return o;
}

TEST_CASE("what is short is told with the least change, and the end that would do") {
  Driver d;
  JobFacts first = facts(17, 2, 1024);
  first.time_limit = std::chrono::seconds(100);
  d.node(0, "a", 4, 1, 4096).submit(0, first).submit(1, facts(18, 3, 3072));
  const Explanation e = d.explain(18);
  CHECK(e.position == 1);
  const Reason r = reason(e, Code::not_enough_free);
  CHECK(r.remedy == "1 cpu less, or after job 17 ends, 1970-01-01T00:01:45Z at the latest");
  CHECK(r.job == JobId{17});
  CHECK(r.until == at(105));
  CHECK(e.not_before == at(60));
  CHECK(e.estimate == std::chrono::minutes(1));
}

TEST_CASE("without a time limit the end is told by its estimate, doubled when that is over") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).submit(0, facts(2));
  CHECK(reason(d.explain(2), Code::not_enough_free).remedy ==
        "1 cpu less, or after job 1 ends, by its estimate 1970-01-01T00:01:00Z");
  d.go(70, TimePassed{});
  CHECK(d.explain(2).not_before == at(120));
}

TEST_CASE("memory is told in GiB where it is whole") {
  Driver d;
  d.node(0, "a", 4, 1, 4096).submit(0, facts(1, 1, 6144));
  CHECK(reason(d.explain(1), Code::fits_no_node).remedy == "2 GiB less memory");
}

TEST_CASE("a job that waits for others names them and when they end") {
  Driver d;
  JobFacts second = facts(2);
  second.dependencies = {{JobId{1}, Dependency::When::success}};
  d.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, second);
  const Reason r = reason(d.explain(2), Code::dependency);
  CHECK(r.job == JobId{1});
  CHECK(r.text == "waits until job 1 succeeds, which is active");
  CHECK(r.remedy == "after job 1 ends, by its estimate 1970-01-01T00:01:00Z");
  CHECK(d.explain(2).not_before == at(60));
}

TEST_CASE("limits of a user are reasons, with what would be enough") {
  Driver cpus(limited({{}, 3000, {}}));
  cpus.node(0, "a", 8, 1).submit(0, facts(1, 2)).submit(0, facts(2, 2));
  CHECK(cpus.state(2) == "queued");
  const Reason r = reason(cpus.explain(2), Code::user_cpus_limit);
  CHECK(r.text == "alice has 1 of 3 cpus left, asked 2");
  CHECK(r.remedy == "user limit 4 cpus, or 1 cpu less");
  CHECK(r.most == 1000);

  Driver running(limited({1, {}, {}}));
  running.node(0, "a", 8, 1).submit(0, facts(1)).submit(0, facts(2));
  CHECK(reason(running.explain(2), Code::user_running_limit).text ==
        "alice runs 1 job, and may run 1");
  running.end(1, 1);
  CHECK(running.decisions() == "start 2/1 on a");

  Driver queued(limited({{}, {}, 1}));
  queued.submit(0, facts(1)).submit(0, facts(2)).submit(0, facts(3));
  CHECK(reason(queued.explain(3), Code::user_queued_limit).remedy ==
        "user limit 3 queued, or after 2 jobs of alice left the queue");
}

TEST_CASE("an array runs no more of its jobs than it may, and holds up nobody") {
  Driver d;
  d.node(0, "a", 8, 1);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    JobFacts f = facts(id);
    f.array = ArrayPlace{JobId{1}, 1, 3, static_cast<std::int64_t>(id), 2};
    d.submit(0, f);
  }
  CHECK(d.state(2) == "active");
  CHECK(d.state(3) == "queued");
  CHECK(reason(d.explain(3), Code::array_limit).most == 2);
  d.submit(1, facts(4));
  CHECK(d.state(4) == "active");
  d.end(2, 1);
  CHECK(d.decisions() == "start 3/1 on a");
}

TEST_CASE("constraints that no node meets are told by attribute") {
  Driver d;
  JobFacts f = facts(1);
  f.request.constraints = {{"rack", Constraint::Kind::equals, {"r7"}}};
  d.node(0, "a", 4, 1).submit(0, f);
  const Reason r = reason(d.explain(1), Code::constraints);
  CHECK(r.resource == "rack");
  CHECK(r.text.find("rack = r7") != std::string::npos);
}

TEST_CASE("room on a node that is worked on soon is told with the time") {
  Driver d;
  d.node(0, "a", 4, 1).go(0, MaintenancePlanned{"a", {{at(30), at(90)}}}).submit(0, facts(1));
  const Reason r = reason(d.explain(1), Code::maintenance);
  CHECK(r.node == "a");
  CHECK(r.until == at(30));
  CHECK(d.step.wake_at == at(90));
  d.go(90, TimePassed{});
  CHECK(d.decisions() == "start 1/1 on a");
}

TEST_CASE("a job is passed over by those that came later and started") {
  Driver d;
  d.node(0, "a", 2, 1).submit(0, facts(1)).submit(1, facts(2, 2)).submit(2, facts(3));
  CHECK(d.state(3) == "active");
  const Explanation e = d.explain(2);
  CHECK(e.passed_over.times == 1);
  CHECK(e.passed_over.last == JobId{3});
  CHECK(e.passed_over.at == at(2));
}

TEST_CASE("a forecast runs the engine forward by estimates") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).submit(5, facts(2)).submit(6, facts(3));
  JobFacts last = facts(4);
  last.dependencies = {{JobId{3}, Dependency::When::success}};
  d.submit(7, last);
  const auto never = [] { return false; };
  CHECK(forecast(*d.engine.outlook(JobId{2}), never) == at(60));
  CHECK(forecast(*d.engine.outlook(JobId{3}), never) == at(120));
  CHECK(forecast(*d.engine.outlook(JobId{4}), never) == at(180));
  CHECK(d.engine.outlook(JobId{3}, 3).has_value());
  CHECK(forecast(*d.engine.outlook(JobId{3}, 3), never) == at(120));
  CHECK(d.engine.outlook(JobId{3}, 2).error().code == Errc::too_large);
  CHECK(d.engine.outlook(JobId{1}).error().code == Errc::not_found);
}

TEST_CASE("a forecast gives up when told so, and when the job never starts") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1));
  for (std::uint64_t id = 2; id <= 100; ++id) d.submit(0, facts(id));
  std::uint32_t asked = 0;
  CHECK_FALSE(forecast(*d.engine.outlook(JobId{100}), [&asked] { return ++asked == 3; }));
  CHECK(asked == 3);
  d.submit(1, facts(101, 5));
  CHECK_FALSE(forecast(*d.engine.outlook(JobId{101}), [] { return false; }));
}

TEST_CASE("a reservation is told to who holds it, and to who waits for it") {
  for (const char* planner : {"easy", "conservative", "conservative_replan"}) {
    CAPTURE(planner);
    EngineOptions o;
    o.policy = *make_policy({"", "", planner, ""});
    Driver d(o);
    d.node(0, "a", 2, 1).submit(0, facts(1)).submit(1, facts(2, 2));
    JobFacts slow = facts(3);
    slow.estimate = std::chrono::minutes(5);
    d.submit(2, slow);
    CHECK(d.state(3) == "queued");
    CHECK(d.explain(2).reservation == Reservation{JobId{2}, "a", at(60)});
    const Reason r = reason(d.explain(3), Code::reserved);
    CHECK(r.job == JobId{2});
    CHECK(r.until == at(60));
    Driver restored;
    restored.engine = *Engine::restore(o, d.engine.snapshot());
    restored.engine.check_invariants();
    CHECK(restored.engine.digest() == d.engine.digest());
    d.cancel(3, 2);
    CHECK(d.decisions() == "start 3/1 on a");
  }
}

TEST_CASE("a job that waited past the bound keeps its nodes from those that come later") {
  EngineOptions o;
  o.policy.starvation_bound = std::chrono::seconds(100);
  Driver d(o);
  d.node(0, "a", 2, 1).submit(0, facts(1)).submit(1, facts(2, 2)).submit(50, facts(3));
  CHECK(d.state(3) == "active");
  d.end(120, 3).submit(121, facts(4));
  CHECK(d.state(4) == "queued");
  const Reason r = reason(d.explain(4), Code::reserved);
  CHECK(r.node == "a");
  CHECK(r.job == JobId{2});
  CHECK(r.remedy == "after job 2 starts");
  d.end(130, 1);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("usage is followed where the ordering asks for it, and outlives a restart") {
  EngineOptions o;
  o.policy.ordering = orderings::fair_share();
  Driver d(o);
  d.node(0, "a", 1, 1).submit(0, facts(1)).submit(1, facts(2));
  JobFacts other = facts(3);
  other.user = "bob";
  d.submit(2, other).end(60, 1);
  CHECK(d.decisions() == "start 3/1 on a");
  REQUIRE(d.engine.snapshot().usages.size() >= 1);
  CHECK(d.engine.snapshot().usages.at(0).user == "alice");
  Driver restored;
  restored.engine = *Engine::restore(o, d.engine.snapshot());
  CHECK(restored.engine.digest() == d.engine.digest());
}

TEST_CASE("waiting jobs are put in order anew when the ordering changes") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(9));
  for (std::uint64_t id = 1; id <= 3; ++id) {
    JobFacts f = facts(id);
    f.priority = static_cast<std::int32_t>(3 - id);
    f.estimate = std::chrono::seconds(10 * (id == 2 ? 1 : 5));
    d.submit(0, f);
  }
  CHECK(d.explain(3).position == 3);
  for (const auto& [name, first] : {std::pair{"priority", 3},
                                    {"shortest", 2},
                                    {"critical_path", 1},
                                    {"fair_share", 1},
                                    {"WFP3", 2},
                                    {"fifo", 1}}) {
    CAPTURE(name);
    d.go(1, PolicyChanged{*make_policy({name, "", "", "worst"})});
    CHECK(d.explain(static_cast<std::uint64_t>(first)).position == 1);
  }
}

}  // namespace
}  // namespace retz::engine_test
