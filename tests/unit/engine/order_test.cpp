// Who starts when: orderings, planners, fit rules, limits on what runs.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

EngineOptions with(std::string_view ordering, std::string_view planner,
                   std::string_view rule = "best") {
  EngineOptions o;
  o.policy.ordering = *make_ordering(ordering);
  o.policy.planner = *make_planner(planner);
  o.policy.fit_rule = *make_fit_rule(rule);
  return o;
}

TEST_CASE("priority goes before arrival, and arrival decides among equals") {
  Driver d(with("priority", "first_fit"));
  JobFacts late = facts(3);
  late.priority = -1;
  d.submit(0, facts(1)).submit(0, facts(2)).submit(0, late).node(1, "a", 1, 1);
  CHECK(d.decisions() == "start 3/1 on a");
  d.end(2, 3);
  CHECK(d.decisions() == "start 1/1 on a");
}

TEST_CASE("strict lets nobody pass a blocked head, first_fit does") {
  for (const std::string planner : {"strict", "first_fit"}) {
    CAPTURE(planner);
    Driver d(with("fifo", planner));
    d.node(0, "a", 4, 1).submit(0, facts(1, 3)).submit(1, facts(2, 2)).submit(2, facts(3, 1));
    CHECK(d.decisions() == (planner == "strict" ? "" : "start 3/1 on a"));
    if (planner != "strict") continue;
    const Explanation e = d.explain(3);
    CHECK(e.position == 2);
    REQUIRE(e.reasons.size() == 1);
    CHECK(e.reasons[0].code == Reason::Code::behind);
    CHECK(e.reasons[0].job == JobId{2});
  }
}

TEST_CASE("a job that fits no node steps aside even under strict, and keeps its place") {
  Driver d(with("fifo", "strict"));
  d.node(0, "small", 1, 1).node(0, "large", 4, 2);
  d.submit(1, facts(1, 4)).submit(1, facts(2, 4)).submit(1, facts(3, 1));
  CHECK(d.decisions().empty());
  d.lose(2, "large");
  CHECK(d.decisions() == "start 3/1 on small");
  CHECK(d.explain(2).reasons.at(0).code == Reason::Code::fits_no_node);
  d.submit(2, facts(4, 1)).node(3, "large", 4, 3);
  CHECK(d.decisions() == "start 1/2 on large");
  CHECK(d.status(1).arrival == Arrival{1});
}

TEST_CASE("a job submitted before the first lease waits for it, in a closed cluster too") {
  EngineOptions o;
  o.limits.closed_cluster = true;
  Driver d(o);
  d.submit(0, facts(1, 2)).submit(0, facts(2, 99));
  CHECK(d.decisions().empty());
  CHECK(d.explain(1).reasons.at(0).code == Reason::Code::no_nodes);
  d.node(1, "a", 2, 1);
  CHECK(d.decisions() == "start 1/1 on a");
  CHECK(d.explain(2).reasons.at(0).code == Reason::Code::fits_no_node);
}

TEST_CASE("a closed cluster refuses what its machine can never hold, and says what it has") {
  EngineOptions o;
  o.limits.closed_cluster = true;
  Driver d(o);
  d.node(0, "a", 2, 1).submit(1, facts(1, 3));
  CHECK(d.refusal().code == Errc::limit_exceeded);
  CHECK(d.refusal().field == "resources.cpus");
  CHECK(d.refusal().message == "cpus: 3 asked, the largest node has 2");
  CHECK(d.step.changes.empty());
  d.go(2, NodeDrained{"a", true}).submit(3, facts(2, 2));
  CHECK(d.decisions().empty());
  CHECK(d.state(2) == "queued");
}

TEST_CASE("an open cluster accepts what fits no node, and explain names the largest") {
  Driver d;
  d.node(0, "a", 2, 1).node(0, "b", 4, 2).submit(1, facts(1, 8));
  CHECK(d.state(1) == "queued");
  const Reason r = d.explain(1).reasons.at(0);
  CHECK(r.code == Reason::Code::fits_no_node);
  CHECK(r.resource == "cpus");
  CHECK(r.asked == 8000);
  CHECK(r.most == 4000);
  CHECK(r.node == "b");
  CHECK(r.text == "fits no known node, largest is 4 cpus on b, asked 8");
}

TEST_CASE("each configured limit refuses what is beyond it, by name") {
  EngineOptions o;
  o.limits = {2000, 100, 100, 1, 2, std::nullopt, false};
  Driver d(o);
  const auto refused = [&d](const JobFacts& f) {
    d.submit(0, f);
    REQUIRE(d.decisions() == "refuse 1");
    CHECK(d.refusal().code == Errc::limit_exceeded);
    return d.refusal().field;
  };
  JobFacts f = facts(1, 3);
  CHECK(refused(f) == "resources.cpus");
  CHECK(d.refusal().message == "cpus: 3 asked, the most allowed is 2");
  f = facts(1, 1, 101);
  CHECK(refused(f) == "resources.mem");
  f = facts(1);
  f.request.amounts.disk = 101;
  CHECK(refused(f) == "resources.disk");
  f = facts(1);
  f.request.gpus.devices = 2;
  CHECK(refused(f) == "resources.gpus");
  f = facts(1);
  f.request.ports = 3;
  CHECK(refused(f) == "resources.ports");
  f = facts(1, 2, 100);
  f.request.gpus.share = 500;
  d.submit(0, f);
  CHECK(d.state(1) == "queued");
}

TEST_CASE("no more attempts are alive at once than the limit allows") {
  EngineOptions o;
  o.limits.running = 1;
  Driver d(o);
  d.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, facts(2));
  CHECK(d.decisions().empty());
  CHECK(d.explain(2).reasons.at(0).code == Reason::Code::running_limit);
  CHECK(d.explain(2).reasons.at(0).most == 1);
  d.end(1, 1);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("fit rules choose the fullest, the emptiest or the first node that fits") {
  const auto chosen = [](std::string_view rule) {
    Driver d(with("fifo", "first_fit", rule));
    d.node(0, "middle", 4, 1).node(0, "small", 2, 2).node(0, "large", 8, 3).submit(1, facts(1, 2));
    return d.decisions();
  };
  CHECK(chosen("first") == "start 1/1 on middle");
  CHECK(chosen("best") == "start 1/1 on small");
  CHECK(chosen("worst") == "start 1/1 on large");
}

TEST_CASE(
    "equal nodes share the work: under worst the one whose last start is the longest ago is next") {
  Driver d(with("fifo", "first_fit", "worst"));
  d.node(0, "a", 1, 1).node(0, "b", 1, 2).node(0, "c", 1, 3);
  std::string nodes;
  for (std::uint64_t id = 1; id <= 6; ++id) {
    JobFacts nothing = facts(id);
    nothing.request = {};
    d.submit(static_cast<double>(id), nothing);
    nodes += std::get<StartAttempt>(d.step.decisions.at(0)).placement.node;
    if (id == 3) d.end(3, 2);
  }
  CHECK(nodes == "abcabc");
}

TEST_CASE("a re-run waiting job keeps its place") {
  Driver d;
  d.submit(0, facts(1)).submit(0, facts(2)).rerun(1, 1).node(2, "a", 1, 1);
  CHECK(d.decisions() == "start 1/1 on a");
  CHECK(d.status(1).arrival == Arrival{1});
}

TEST_CASE("a policy is found by its name, and an unknown name lists those there are") {
  CHECK((*make_ordering("priority"))->name() == "priority");
  CHECK(make_ordering("lottery").error().message.find("fifo, priority") != std::string::npos);
  CHECK(make_planner("magic").error().message.find("strict, first_fit") != std::string::npos);
  CHECK(make_fit_rule("odd").error().message.find("first, best, worst") != std::string::npos);
}

}  // namespace
}  // namespace retz::engine_test
