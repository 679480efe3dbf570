// Jobs that wait for other jobs.
#include "driver.hpp"

namespace retz::engine_test {
namespace {

using When = Dependency::When;

JobFacts after(std::uint64_t id, std::vector<std::uint64_t> on, When when = When::success) {
  JobFacts f = facts(id);
  for (const std::uint64_t d : on) f.dependencies.push_back({JobId{d}, when});
  return f;
}

std::string outcome(const Driver& d, std::uint64_t id) {
  const auto& o = d.status(id).outcome;
  REQUIRE(o.has_value());
  return std::string(to_string(o->kind)) + ": " + o->reason;
}

TEST_CASE("a job starts after the one that it depends on has succeeded") {
  Driver d;
  d.node(0, "a", 4, 1).submit(1, facts(1)).submit(2, after(2, {1}));
  CHECK(d.state(2) == "blocked");
  CHECK(d.engine.counts().blocked == 1);
  d.end(10, 1);
  CHECK(d.decisions() == "start 2/1 on a");
  CHECK(d.status(2).eligible_at == at(10));
}

TEST_CASE("a job that can no longer come about fails with the reason, and so does what follows") {
  Driver d;
  d.node(0, "a", 4, 1).submit(1, facts(17)).submit(2, after(18, {17})).submit(3, after(19, {18}));
  d.submit(4, after(20, {18}, When::failure));
  d.end(10, 17, 1, exited(1));
  CHECK(d.state(18) == "failed");
  CHECK(outcome(d, 18) == "dependency_failed: job 17 failed, which job 18 waits to succeed");
  CHECK(outcome(d, 19) == "dependency_failed: job 18 failed, which job 19 waits to succeed");
  CHECK(d.status(19).finished == at(10));
  CHECK(d.decisions() == "start 20/1 on a");
}

TEST_CASE("after failure and after any end are met by what they say") {
  for (const bool succeeds : {false, true}) {
    CAPTURE(succeeds);
    Driver d;
    d.node(0, "a", 4, 1).submit(0, facts(1));
    d.submit(0, after(2, {1}, When::failure)).submit(0, after(3, {1}, When::end));
    d.end(1, 1, 1, exited(succeeds ? 0 : 1));
    CHECK(d.state(2) == (succeeds ? "failed" : "active"));
    CHECK(d.state(3) == "active");
  }
}

TEST_CASE("a killed prerequisite counts as a failure") {
  Driver d;
  d.submit(0, facts(1)).submit(0, after(2, {1})).submit(0, after(3, {1}, When::failure));
  d.cancel(1, 1);
  CHECK(outcome(d, 2) == "dependency_failed: job 1 was killed, which job 2 waits to succeed");
  CHECK(d.state(3) == "queued");
}

TEST_CASE("all dependencies are waited for, and retries of them too") {
  Driver d;
  JobFacts first = facts(1);
  first.retry.max_attempts = 2;
  first.retry.on_exit = true;
  d.node(0, "a", 4, 1).submit(0, first).submit(0, facts(2)).submit(0, after(3, {1, 2}));
  d.end(1, 2).end(2, 1, 1, exited(1));
  CHECK(d.state(3) == "blocked");
  d.end(3, 1, 2);
  CHECK(d.state(3) == "active");
}

TEST_CASE("jobs of one step depend on each other in any sequence; a cycle is refused in words") {
  Driver d;
  std::vector<Event> events;
  for (const JobFacts& f : {after(1, {2}), facts(2), after(3, {5}), after(5, {3}), after(6, {5})}) {
    events.push_back({JobSubmitted{f}, {}});
  }
  d.node(0, "a", 4, 9);
  d.step = d.engine.step(events, at(1));
  d.engine.check_invariants();
  CHECK(d.decisions() == "refuse 5, refuse 3, refuse 6, start 2/1 on a");
  const auto message = [&d](std::size_t i) {
    return std::get<Refuse>(d.step.decisions.at(i)).error.message;
  };
  CHECK(message(0) == "dependencies: job 3 -> 5 -> 3 is a cycle");
  CHECK(message(1) == "dependencies: job 3 -> 5 -> 3 is a cycle");
  CHECK(message(2) == "dependencies[0].job: there is no job 5");
  CHECK(d.engine.counts().blocked == 1);
}

TEST_CASE("an unknown dependency is refused by name; one that ended is taken as it ended") {
  Driver d;
  d.submit(0, after(2, {1}));
  CHECK(d.refusal().field == "dependencies[0].job");
  CHECK(d.refusal().message == "dependencies[0].job: there is no job 1");
  d.go(1, JobSubmitted{after(3, {1}), {{JobId{1}, JobState::finished}}});
  CHECK(d.state(3) == "queued");
  d.go(2, JobSubmitted{after(4, {1}), {{JobId{1}, JobState::failed}}});
  CHECK(outcome(d, 4) == "dependency_failed: job 1 failed, which job 4 waits to succeed");
  CHECK(std::holds_alternative<JobAdded>(d.step.changes.at(0)));
}

TEST_CASE("a job that ended earlier in the same step is known") {
  Driver d;
  d.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, facts(2));
  const std::vector<Event> events = {{AttemptEnded{{JobId{1}, 1}, exited(), {}}, {}},
                                     {AttemptEnded{{JobId{2}, 1}, exited(3), {}}, {}},
                                     {JobSubmitted{after(3, {1})}, {}},
                                     {JobSubmitted{after(4, {2})}, {}}};
  d.step = d.engine.step(events, at(1));
  CHECK(d.decisions() == "start 3/1 on a");
  CHECK(d.engine.counts().blocked + d.engine.counts().queued == 0);
}

TEST_CASE("a blocked job waits for the re-run of one that it depends on") {
  Driver d;
  d.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, facts(2)).submit(0, after(3, {1, 2}));
  KnownJob first{facts(1), {}};
  d.end(1, 1);
  first.status = d.status(1);
  d.go(2, JobRerun{JobId{1}, false, first}).end(3, 2);
  CHECK(d.state(3) == "blocked");
  d.end(4, 1, 2);
  CHECK(d.state(3) == "active");
}

TEST_CASE("a job that failed for its dependency waits for the re-run of it when run again") {
  Driver d;
  d.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, after(2, {1})).end(1, 1, 1, exited(1));
  REQUIRE(d.state(2) == "failed");
  const KnownJob first{facts(1), d.status(1)}, second{after(2, {1}), d.status(2)};
  d.go(2, JobRerun{JobId{1}, false, first}).go(2, JobRerun{JobId{2}, false, second});
  CHECK(d.state(2) == "blocked");
  d.end(3, 1, 2);
  CHECK(d.decisions() == "start 2/1 on a");
}

TEST_CASE("dependencies outlive a restart") {
  Driver before;
  before.node(0, "a", 4, 1).submit(0, facts(1)).submit(0, facts(2)).submit(0, after(3, {1, 2}));
  before.submit(0, after(4, {3}, When::end)).end(1, 1);
  Driver d;
  d.engine = *Engine::restore({}, before.engine.snapshot());
  d.engine.check_invariants();
  CHECK(d.engine.digest() == before.engine.digest());
  d.end(2, 2).node(3, "a", 4, 1);
  CHECK(d.decisions() == "start 3/1 on a");
  d.end(4, 3, 1, exited(1));
  CHECK(d.decisions() == "start 4/1 on a");
}

TEST_CASE("a snapshot in which a job waits for itself is refused") {
  Driver before;
  before.submit(0, facts(1)).submit(0, after(2, {1}));
  Snapshot bad = before.engine.snapshot();
  bad.jobs[0].facts.dependencies = {{JobId{2}, When::end}};
  CHECK(Engine::restore({}, bad).error().message == "job 2: waits for itself");
}

TEST_CASE("a long chain that can no longer come about is settled in one step") {
  Driver d;
  std::vector<Event> events{{JobSubmitted{facts(1)}, {}}};
  constexpr std::uint64_t length = 20'000;
  for (std::uint64_t id = 2; id <= length; ++id) {
    events.push_back({JobSubmitted{after(id, {id - 1})}, {}});
  }
  d.engine.step(events, at(0));
  CHECK(d.engine.counts().blocked == length - 1);
  d.step = d.engine.step(std::vector<Event>{{JobCancelled{JobId{1}, "by alice"}, {}}}, at(1));
  CHECK(d.step.changes.size() == length);
  CHECK(d.engine.counts().blocked == 0);
}

}  // namespace
}  // namespace retz::engine_test
