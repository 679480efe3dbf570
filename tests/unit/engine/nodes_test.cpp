// Leases and nodes: coming, changing, draining, going.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

LeaseGranted once(std::uint64_t lease, const std::string& node, std::int64_t cpus) {
  LeaseGranted g{LeaseId{lease}, node, LeaseKind::once, {}};
  g.capacity.amounts = {cpus * 1000, 1000, 1000, {}};
  return g;
}

TEST_CASE("a draining node takes nothing new, what runs goes on, and explain says so") {
  Driver d;
  d.node(0, "a", 2, 1).submit(0, facts(1)).go(1, NodeDrained{"a", true}).submit(2, facts(2));
  CHECK(d.decisions().empty());
  const Explanation e = d.explain(2);
  REQUIRE(e.reasons.size() == 1);
  CHECK(e.reasons[0].code == Reason::Code::node_draining);
  CHECK(e.reasons[0].node == "a");
  CHECK(d.engine.nodes().at(0).draining);
  d.go(3, NodeDrained{"a", false});
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("a job that only a draining node could take steps aside under strict, with that reason") {
  EngineOptions o;
  o.policy.planner = planners::strict();
  Driver d(o);
  d.node(0, "a", 4, 1).node(0, "b", 1, 2).go(0, NodeDrained{"b", true}).submit(0, facts(1, 4));
  d.go(1, NodeDrained{"a", true}).go(1, NodeDrained{"b", false});
  d.submit(2, facts(2, 4)).submit(3, facts(3));
  CHECK(d.decisions() == "start 3/1 on b");
  REQUIRE(d.explain(2).reasons.size() == 1);
  CHECK(d.explain(2).reasons[0].code == Reason::Code::node_draining);
  CHECK(d.explain(2).reasons[0].node == "a");
}

TEST_CASE("a node that was lost while draining drains when it is back") {
  Driver d;
  d.node(0, "a", 2, 1).go(1, NodeDrained{"a", true}).lose(2, "a").node(3, "a", 2, 2);
  d.submit(4, facts(1));
  CHECK(d.decisions().empty());
  CHECK(d.engine.snapshot().draining == std::vector<std::string>{"a"});
}

TEST_CASE("a lease that shrinks under what runs drops nothing and starts nothing new") {
  Driver d;
  d.node(0, "a", 4, 1).submit(0, facts(1, 3)).node(1, "a", 2, 1).submit(2, facts(2, 0));
  CHECK(d.decisions().empty());
  CHECK(d.engine.nodes().at(0).capacity.amounts.cpus == 2000);
  CHECK(d.engine.nodes().at(0).used.cpus == 3000);
  d.end(3, 1);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("a revoked lease takes nothing new, and its attempts go on") {
  Driver d;
  d.node(0, "a", 2, 1).submit(0, facts(1)).go(1, LeaseRevoked{LeaseId{1}}).submit(2, facts(2));
  CHECK(d.decisions().empty());
  CHECK(d.engine.counts().active == 1);
  d.node(3, "a", 2, 2);
  CHECK(d.decisions() == "start 2/1 on a");
  CHECK(d.engine.nodes().at(0).used.cpus == 2000);
}

TEST_CASE("losing a node without a lease still ends its attempts") {
  Driver d;
  d.node(0, "a", 2, 1).submit(0, facts(1)).go(1, LeaseRevoked{LeaseId{1}}).lose(2, "a");
  CHECK(d.state(1) == "queued");
  CHECK(d.attempts.back().outcome->kind == OutcomeKind::node_lost);
  CHECK(d.engine.nodes().empty());
}

TEST_CASE("attempts of a lost node end in the order of their jobs, and half of the nodes go on") {
  Driver d;
  d.node(0, "a", 2, 1).node(0, "b", 2, 2);
  for (std::uint64_t id = 1; id <= 6; ++id) d.submit(0, facts(id));
  CHECK(d.engine.counts().active == 4);
  d.lose(1, "a");
  CHECK(d.engine.counts().active == 2);
  CHECK(d.engine.counts().queued == 4);
  std::string started;
  for (int t = 2; d.engine.counts().active > 0 && t < 20; ++t) {
    const AttemptRecord first = d.engine.snapshot().attempts.at(0);
    d.end(t, first.ref.job.value, first.ref.attempt);
    started += d.decisions() + "; ";
  }
  const JobId lost_first = d.attempts.at(4).ref.job;
  CHECK(started.find("start " + std::to_string(lost_first.value) + "/2") <
        started.find("start 5/1"));
  CHECK(d.engine.counts().queued == 0);
}

TEST_CASE("a once lease serves one pass and is closed; what is not wanted is returned") {
  Driver d;
  d.submit(0, facts(1)).submit(0, facts(2)).submit(0, facts(3, 2));
  d.go(1, once(7, "a", 3));
  CHECK(d.decisions() == "start 1/1 on a, start 2/1 on a");
  d.end(2, 1).end(2, 2);
  CHECK(d.decisions().empty());
  d.go(3, once(8, "a", 3));
  CHECK(d.decisions() == "start 3/1 on a");
  d.go(4, once(9, "a", 1));
  CHECK(d.decisions() == "return 9");
  d.go(5, LeaseRevoked{LeaseId{9}});
  CHECK(d.step.changes.empty());
}

TEST_CASE("a once lease that is too small is kept for those who wait") {
  Driver d;
  d.submit(0, facts(1, 4)).go(1, once(1, "a", 2));
  CHECK(d.decisions().empty());
  d.go(2, once(1, "a", 4));
  CHECK(d.decisions() == "start 1/1 on a");
}

TEST_CASE("ports, devices and shares are named in the placement and given out once") {
  Driver d;
  LeaseGranted g{LeaseId{1}, "a", LeaseKind::standing, {}};
  g.capacity.amounts = {8000, 1000, 1000, {{"licences", 2000}}};
  g.capacity.ports = {{31000, 31001}, {32000, 32000}};
  g.capacity.gpus = {{"0", "t4", 0}, {"1", "a100", 0}, {"2", "a100", 0}};
  d.go(0, g);
  JobFacts f = facts(1);
  f.request.ports = 2;
  f.request.gpus.devices = 1;
  f.request.gpus.models = {"a100"};
  f.request.amounts.custom = {{"licences", 1500}};
  d.submit(1, f);
  const Placement p = std::get<StartAttempt>(d.step.decisions.at(0)).placement;
  CHECK(p.ports == std::vector<std::uint16_t>{31000, 31001});
  CHECK(p.gpus == std::vector<GpuShare>{{1, 1000}});
  CHECK(p.amounts.custom == f.request.amounts.custom);
  f.id = JobId{2};
  d.submit(2, f);
  CHECK(d.decisions().empty());
  const Explanation e = d.explain(2);
  CHECK(e.reasons.at(0).code == Reason::Code::not_enough_free);
  CHECK(e.reasons.at(0).resource == "ports");
  JobFacts share = facts(3);
  share.request.gpus.share = 600;
  d.submit(3, share);
  CHECK(std::get<StartAttempt>(d.step.decisions.at(0)).placement.gpus ==
        std::vector<GpuShare>{{0, 600}});
  d.end(4, 1);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("Pass::none books and starts nothing") {
  Driver d;
  d.node(0, "a", 1, 1).go(1, JobSubmitted{facts(1)}, Pass::none);
  CHECK(d.decisions().empty());
  CHECK(d.explain(1).reasons.empty());
  CHECK(d.explain(1).position == 1);
  d.go(2, TimePassed{});
  CHECK(d.decisions() == "start 1/1 on a");
}

}  // namespace
}  // namespace retz::engine_test
