// Retries, system failures and back-off.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

JobFacts retrying(std::uint64_t id, std::uint32_t attempts, Duration backoff) {
  JobFacts f = facts(id);
  f.retry.max_attempts = attempts;
  f.retry.on_exit = true;
  f.retry.backoff = backoff;
  f.retry.backoff_max = std::chrono::seconds(3);
  return f;
}

TEST_CASE("a failed try is followed by another until the tries are used up") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, retrying(1, 2, Duration{0})).end(1, 1, 1, exited(1));
  CHECK(d.decisions() == "start 1/2 on a");
  CHECK(d.status(1).tries == 1);
  d.end(2, 1, 2, exited(1));
  CHECK(d.state(1) == "failed");
  CHECK(d.status(1).tries == 2);
}

TEST_CASE("only the outcomes that the policy names are tried again") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, retrying(1, 5, Duration{0}));
  SUBCASE("not a time-out") {
    d.end(1, 1, 1, ended_as(OutcomeKind::timed_out));
  }
  SUBCASE("not out of memory") {
    d.end(1, 1, 1, ended_as(OutcomeKind::out_of_memory));
  }
  SUBCASE("not a failed fetch") {
    d.end(1, 1, 1, ended_as(OutcomeKind::fetch_failed));
  }
  SUBCASE("never what cannot be launched") {
    d.end(1, 1, 1, ended_as(OutcomeKind::cannot_launch));
  }
  CHECK(d.state(1) == "failed");
}

TEST_CASE("back-off doubles up to its most, and the engine asks to be woken") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, retrying(1, 9, std::chrono::seconds(1)));
  d.end(10, 1, 1, exited(1));
  CHECK(d.state(1) == "blocked");
  CHECK(d.step.wake_at == at(11));
  CHECK(d.explain(1).reasons.at(0).code == Reason::Code::backing_off);
  d.go(10.5, TimePassed{});
  CHECK(d.decisions().empty());
  d.go(11, TimePassed{});
  CHECK(d.decisions() == "start 1/2 on a");
  CHECK_FALSE(d.step.wake_at.has_value());
  d.end(20, 1, 2, exited(1));
  CHECK(d.step.wake_at == at(22));
  d.go(22, TimePassed{}).end(30, 1, 3, exited(1));
  CHECK(d.step.wake_at == at(33));
}

TEST_CASE("re-running a job that backs off makes it eligible now with fresh tries") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, retrying(1, 2, std::chrono::seconds(1)));
  d.end(1, 1, 1, exited(1)).rerun(1, 1);
  CHECK(d.decisions() == "start 1/2 on a");
  CHECK(d.status(1).tries == 0);
  CHECK_FALSE(d.step.wake_at.has_value());
}

TEST_CASE("a cancelled job that backs off no longer wakes the engine") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, retrying(1, 2, std::chrono::seconds(1)));
  d.end(1, 1, 1, exited(1)).cancel(1, 1);
  CHECK(d.state(1) == "killed");
  CHECK_FALSE(d.step.wake_at.has_value());
}

TEST_CASE("a lost node sends its jobs back to their places without using up a try") {
  Driver d;
  d.node(0, "a", 1, 1).node(0, "b", 1, 2).submit(0, facts(1)).submit(0, facts(2));
  d.submit(0, facts(3)).lose(1, "a");
  CHECK(d.attempt_state(1) == AttemptState::ended);
  CHECK(d.state(1) == "queued");
  CHECK(d.status(1).arrival == Arrival{1});
  CHECK(d.status(1).tries == 0);
  CHECK(d.status(1).system_failures == 1);
  d.end(2, 2);
  CHECK(d.decisions() == "start 1/2 on b");
  d.end(3, 1, 1);
  CHECK(d.step.changes.empty());
}

TEST_CASE("a job that does not want to be re-run fails with its node") {
  Driver d;
  JobFacts f = facts(1);
  f.retry.on_system_failure = false;
  d.node(0, "a", 1, 1).submit(0, f).lose(1, "a");
  CHECK(d.state(1) == "failed");
  CHECK(d.status(1).outcome->kind == OutcomeKind::node_lost);
}

TEST_CASE("failed launches back off from one second, doubling to five minutes") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1));
  double t = 0, expected = 1;
  for (std::uint32_t attempt = 1; attempt <= 12; ++attempt) {
    d.end(t, 1, attempt, ended_as(OutcomeKind::launch_failed));
    CHECK(d.step.wake_at == at(t + expected));
    CHECK(d.status(1).tries == 0);
    t += expected;
    expected = std::min(expected * 2, 300.0);
    d.go(t, TimePassed{});
    CHECK(d.decisions() == "start 1/" + std::to_string(attempt + 1) + " on a");
  }
}

}  // namespace
}  // namespace retz::engine_test
