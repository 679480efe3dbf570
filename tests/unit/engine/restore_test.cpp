// Over a restart: what is known, what is booked, and what contradicts itself.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

TEST_CASE("a restored engine counts what runs before its node is back, and after") {
  Driver before;
  before.node(0, "a", 2, 1).submit(0, facts(1)).running(1, 1).submit(1, facts(2, 2));
  Driver d;
  d.engine = *Engine::restore({}, before.engine.snapshot());
  CHECK(d.engine.digest() == before.engine.digest());
  CHECK(d.engine.nodes().at(0).attempts == 1);
  d.node(2, "a", 2, 1);
  CHECK(d.decisions().empty());
  d.running(3, 1);
  CHECK(d.step.changes.empty());
  d.end(4, 1);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("an attempt that was never launched sends its job back to its place") {
  Driver before;
  before.node(0, "a", 1, 1).submit(0, facts(1)).submit(0, facts(2));
  Driver d;
  d.engine = *Engine::restore({}, before.engine.snapshot());
  d.end(1, 1, 1, ended_as(OutcomeKind::node_lost)).node(2, "a", 1, 1);
  CHECK(d.decisions() == "start 1/2 on a");
}

TEST_CASE("a wish outlives a restart and is carried out") {
  for (const bool rerun : {false, true}) {
    CAPTURE(rerun);
    Driver before;
    before.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1);
    rerun ? before.rerun(2, 1, true) : before.cancel(2, 1);
    Driver d;
    d.engine = *Engine::restore({}, before.engine.snapshot());
    d.running(3, 1);
    CHECK(d.decisions() == "stop 1/1");
    d.end(4, 1, 1, ended_as(OutcomeKind::killed));
    CHECK(d.state(1) == (rerun ? "queued" : "killed"));
  }
}

TEST_CASE("back-off and draining outlive a restart") {
  Driver before;
  before.node(0, "a", 1, 1).submit(0, facts(1)).go(0, NodeDrained{"b", true});
  before.end(1, 1, 1, ended_as(OutcomeKind::launch_failed));
  Driver d;
  d.engine = *Engine::restore({}, before.engine.snapshot());
  d.node(1, "b", 1, 1);
  CHECK(d.step.wake_at == at(2));
  d.go(2, TimePassed{});
  CHECK(d.decisions().empty());
  d.node(3, "a", 1, 2);
  CHECK(d.decisions() == "start 1/2 on a");
}

TEST_CASE("a new job after a restart arrives behind all that came before") {
  Driver before;
  before.submit(0, facts(1)).submit(0, facts(2)).cancel(0, 2);
  Driver d;
  d.engine = *Engine::restore({}, before.engine.snapshot());
  d.submit(1, facts(3));
  CHECK(d.status(3).arrival == Arrival{3});
}

TEST_CASE("a snapshot that contradicts itself is refused with the job and the reason") {
  Driver before;
  before.node(0, "a", 1, 1).submit(0, facts(1)).submit(0, facts(2));
  const Snapshot good = before.engine.snapshot();
  REQUIRE(Engine::restore({}, good).has_value());
  Snapshot bad = good;
  std::string expected;
  SUBCASE("an active job without an attempt") {
    bad.attempts.clear();
    expected = "job 1: is active, but has no live attempt";
  }
  SUBCASE("an attempt without its job") {
    bad.jobs.erase(bad.jobs.begin());
    expected = "job 1: attempt 1 lives, but the job is not there";
  }
  SUBCASE("a job twice") {
    bad.jobs.push_back(bad.jobs[1]);
    expected = "job 2: is there twice";
  }
  SUBCASE("an ended job") {
    bad.jobs[1].status.state = JobState::finished;
    expected = "job 2: has ended, and is said to be live";
  }
  SUBCASE("an arrival from the future") {
    bad.last_arrival = Arrival{1};
    expected = "job 2: has an arrival that was never given out";
  }
  SUBCASE("an attempt that is stopped for no reason") {
    bad.attempts[0].state = AttemptState::stopping;
    expected = "job 1: attempt 1 is being stopped, but nobody wished it";
  }
  SUBCASE("two attempts of one job") {
    bad.attempts.push_back(bad.attempts[0]);
    expected = "job 1: has two live attempts";
  }
  const auto restored = Engine::restore({}, bad);
  REQUIRE_FALSE(restored.has_value());
  CHECK(restored.error().code == Errc::invalid_argument);
  CHECK(restored.error().message == expected);
}

TEST_CASE("the digest sees what the snapshot holds") {
  Driver a, b;
  a.submit(0, facts(1));
  b.submit(0, facts(1));
  CHECK(a.engine.digest() == b.engine.digest());
  b.go(0, NodeDrained{"n", true});
  CHECK(a.engine.digest() != b.engine.digest());
  a.go(0, NodeDrained{"n", true});
  CHECK(a.engine.digest() == b.engine.digest());
  a.go(1, TimePassed{});
  CHECK(a.engine.digest() != b.engine.digest());
}

}  // namespace
}  // namespace retz::engine_test
