// The life of a job: submitted, started, ended, cancelled, run again.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

TEST_CASE("a job that fits starts in the step that submits it, with its changes in order") {
  Driver d;
  d.node(0, "a", 2, 1).submit(1, facts(1));
  CHECK(d.decisions() == "start 1/1 on a");
  REQUIRE(d.step.changes.size() == 4);
  CHECK(std::get<JobAdded>(d.step.changes[0]).status.state == JobState::queued);
  CHECK(std::get<AttemptChanged>(d.step.changes[1]).attempt.state == AttemptState::starting);
  CHECK(std::get<JobChanged>(d.step.changes[2]).status.state == JobState::active);
  CHECK(std::get<NodeUsed>(d.step.changes[3]) == NodeUsed{"a", 1});
  CHECK(d.status(1).attempts == 1);
  CHECK(d.status(1).started == at(1));
}

TEST_CASE("a job ends finished, gives its resources back, and leaves the engine") {
  Driver d;
  d.node(0, "a", 1, 1).submit(1, facts(1)).submit(1, facts(2));
  CHECK(d.decisions().empty());
  d.running(2, 1);
  CHECK(d.attempt_state(1) == AttemptState::running);
  CHECK(d.attempts.back().confinement == "rlimits");
  d.end(3, 1);
  CHECK(d.decisions() == "start 2/1 on a");
  CHECK(d.state(1) == "finished");
  CHECK(d.status(1).finished == at(3));
  CHECK_FALSE(d.engine.explain(JobId{1}).has_value());
  CHECK(d.engine.counts().active == 1);
}

TEST_CASE("a second submission of the same id makes no second job") {
  Driver d;
  d.submit(0, facts(1)).submit(1, facts(1));
  CHECK(d.step.changes.empty());
  CHECK(d.decisions().empty());
  CHECK(d.engine.counts().queued == 1);
}

TEST_CASE("a request that makes no sense is refused with its field and adds nothing") {
  Driver d;
  JobFacts f = facts(1);
  f.request.amounts.mem = -1;
  d.submit(0, f);
  CHECK(d.decisions() == "refuse 1");
  CHECK(d.refusal().field == "resources.mem");
  CHECK(d.step.changes.empty());
}

TEST_CASE("late and repeated reports have no effect") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1).running(1, 1);
  CHECK(d.step.changes.empty());
  d.end(2, 1).end(2, 1, 1, exited(3));
  CHECK(d.step.changes.empty());
  d.running(3, 1);
  CHECK(d.step.changes.empty());
  CHECK(d.state(1) == "finished");
}

TEST_CASE("a non-zero exit fails the job and keeps the code") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).end(1, 1, 1, exited(7));
  CHECK(d.state(1) == "failed");
  CHECK(d.status(1).outcome->exit_code == 7);
  CHECK(d.status(1).tries == 1);
}

TEST_CASE("cancelling a waiting job kills it at once, with the reason") {
  Driver d;
  d.submit(0, facts(1)).cancel(1, 1);
  CHECK(d.state(1) == "killed");
  CHECK(d.status(1).outcome->kind == OutcomeKind::killed);
  CHECK(d.status(1).outcome->reason == "by alice");
  CHECK(d.status(1).finished == at(1));
  d.cancel(2, 1).cancel(2, 99);
  CHECK(d.step.changes.empty());
}

TEST_CASE("cancelling an active job stops it and kills it when its attempt has ended") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1).cancel(2, 1);
  CHECK(d.decisions() == "stop 1/1");
  CHECK(std::get<StopAttempt>(d.step.decisions[0]).grace_period == std::chrono::seconds(5));
  CHECK(d.status(1).wish == Wish::kill);
  CHECK(d.attempt_state(1) == AttemptState::stopping);
  d.cancel(3, 1);
  CHECK(d.decisions().empty());
  SUBCASE("as killed") {
    d.end(4, 1, 1, ended_as(OutcomeKind::killed));
    CHECK(d.status(1).outcome->reason == "by alice");
  }
  SUBCASE("the outcome keeps the truth when it ended by itself before") {
    d.end(4, 1);
    CHECK(succeeded(*d.status(1).outcome));
  }
  CHECK(d.state(1) == "killed");
  CHECK(d.status(1).wish == Wish::none);
}

TEST_CASE("the re-run of an active job is refused unless it is killed with it") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1).rerun(2, 1);
  CHECK(d.refusal().code == Errc::conflict);
  d.rerun(3, 1, true);
  CHECK(d.decisions() == "stop 1/1");
  CHECK(d.status(1).wish == Wish::rerun);
  d.submit(3, facts(2)).end(4, 1, 1, ended_as(OutcomeKind::killed));
  CHECK(d.decisions() == "start 2/1 on a");
  CHECK(d.state(1) == "queued");
  CHECK(d.status(1).arrival == Arrival{3});
  CHECK(d.status(1).tries == 0);
  d.end(5, 2);
  CHECK(d.decisions() == "start 1/2 on a");
}

TEST_CASE("a cancellation wins over an earlier wish to run again, without a second stop") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).rerun(1, 1, true).cancel(2, 1);
  CHECK(d.decisions().empty());
  CHECK(d.status(1).wish == Wish::kill);
  d.end(3, 1, 1, ended_as(OutcomeKind::killed));
  CHECK(d.state(1) == "killed");
}

TEST_CASE("the re-run of an ended job goes on with its attempts at a new arrival") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).submit(0, facts(2)).end(1, 1, 1, exited(1));
  const KnownJob ended{facts(1), d.status(1)};
  d.go(2, JobRerun{JobId{1}, false, std::nullopt});
  CHECK(d.refusal().code == Errc::not_found);
  d.go(3, JobRerun{JobId{1}, false, ended});
  CHECK(d.state(1) == "queued");
  CHECK(d.status(1).arrival == Arrival{3});
  CHECK(d.status(1).tries == 0);
  CHECK_FALSE(d.status(1).finished.has_value());
  d.end(4, 2);
  CHECK(d.decisions() == "start 1/2 on a");
}

TEST_CASE("a stop that may have been lost is repeated when the attempt is heard of again") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1);
  d.go(2, AttemptUnreachable{{JobId{1}, 1}});
  CHECK(d.attempt_state(1) == AttemptState::unreachable);
  CHECK(d.engine.nodes().at(0).used.cpus == 1000);
  d.cancel(3, 1);
  CHECK(d.decisions() == "stop 1/1");
  d.running(4, 1);
  CHECK(d.decisions() == "stop 1/1");
  CHECK(d.attempt_state(1) == AttemptState::stopping);
}

TEST_CASE("an unreachable attempt that is heard of again runs on") {
  Driver d;
  d.node(0, "a", 1, 1).submit(0, facts(1)).running(1, 1);
  d.go(2, AttemptUnreachable{{JobId{1}, 1}}).running(3, 1);
  CHECK(d.attempt_state(1) == AttemptState::running);
  CHECK(d.attempts.back().running_since == at(1));
  CHECK(d.decisions().empty());
}

}  // namespace
}  // namespace retz::engine_test
