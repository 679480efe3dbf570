// What the master tells of tasks: stored first, acknowledged then.
#include <doctest/doctest.h>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Running : Desk {
  std::string task;
  explicit Running(bool told = true) {
    subscribe();
    task = start(1);
    settle();
    if (!told) return;
    update({.task = task, .state = "RUNNING", .uuid = "cnVu"});
    settle();
  }
  Outcome outcome() const {
    REQUIRE(all<AttemptEnded>().size() == 1);
    return all<AttemptEnded>()[0].outcome;
  }
};

}  // namespace

TEST_CASE("an update is acknowledged once it is stored, with its own agent and uuid") {
  Running desk(false);
  desk.update({.task = desk.task, .state = "STARTING", .uuid = "c3RhcnQ="});
  CHECK(desk.count("ACKNOWLEDGE") == 1);  // nothing of it needs to be stored
  desk.update({.task = desk.task, .state = "RUNNING", .uuid = "cnVu"});
  CHECK(desk.all<AttemptRunning>().size() == 1);
  CHECK(desk.count("ACKNOWLEDGE") == 1);
  desk.settle();
  CHECK(desk.in_last("ACKNOWLEDGE", "/acknowledge/uuid") == R"("cnVu")");
  CHECK(desk.in_last("ACKNOWLEDGE", "/acknowledge/agent_id/value") == R"("S1")");
  desk.update({.task = desk.task,
               .state = "FINISHED",
               .uuid = "ZW5k",
               .message = "Command exited with status 0"});
  CHECK(succeeded(desk.outcome()));
  CHECK(desk.count("ACKNOWLEDGE") == 2);
  desk.settle();
  CHECK(desk.count("ACKNOWLEDGE") == 3);
}

TEST_CASE("a duplicate of an end is told once and acknowledged once it is stored") {
  Running desk;
  const std::size_t before = desk.count("ACKNOWLEDGE");
  for (int i = 0; i < 3; ++i) {
    desk.update({.task = desk.task, .state = "FINISHED", .uuid = "ZW5k"});
  }
  CHECK(desk.all<AttemptEnded>().size() == 1);
  CHECK(desk.count("ACKNOWLEDGE") == before);
  desk.settle();
  CHECK(desk.count("ACKNOWLEDGE") == before + 1);
  desk.update({.task = desk.task, .state = "FINISHED", .uuid = "ZW5k"});  // the answer was lost
  CHECK(desk.count("ACKNOWLEDGE") == before + 2);
  CHECK(desk.all<AttemptEnded>().size() == 1);
}

TEST_CASE("an update without uuid is never acknowledged") {
  Running desk;
  const std::size_t before = desk.count("ACKNOWLEDGE");
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "RECONCILIATION"});
  desk.update({.task = desk.task, .state = "LOST", .reason = "AGENT_REMOVED"});
  desk.settle();
  CHECK(desk.count("ACKNOWLEDGE") == before);
  CHECK(desk.outcome().kind == OutcomeKind::node_lost);
}

TEST_CASE("a task that has ended is forgotten once that is stored") {
  Running desk;
  desk.update({.task = desk.task, .state = "FINISHED", .uuid = "ZW5k"});
  desk.settle();
  CHECK(desk.framework.figures().tasks == 0);
  const std::size_t kills = desk.count("KILL");
  desk.carry_out({StopAttempt{{JobId{1}, 1}, seconds(1)}});
  CHECK(desk.count("KILL") == kills);
}

TEST_CASE("a failure told by the master alone waits for its last words") {
  Running desk;
  desk.update({.task = desk.task, .state = "FAILED", .reason = "AGENT_REREGISTERED"});
  CHECK(desk.all<AttemptEnded>().empty());
  desk.update({.task = desk.task,
               .state = "FAILED",
               .uuid = "ZW5k",
               .message = "Command exited with status 7"});
  CHECK(desk.outcome().exit_code == 7);
}

TEST_CASE("a failure whose last words do not come is nobody's but the system's") {
  Running desk;
  desk.update({.task = desk.task, .state = "FAILED", .reason = "RECONCILIATION"});
  desk.pass(minutes(10));
  CHECK(desk.all<AttemptEnded>().empty());
  desk.pass(minutes(1));
  CHECK(desk.outcome().kind == OutcomeKind::node_lost);
  desk.settle();
  const std::size_t before = desk.count("ACKNOWLEDGE");
  desk.update({.task = desk.task,
               .state = "FAILED",
               .uuid = "ZW5k",
               .message = "Command exited with status 7"});
  CHECK(desk.count("ACKNOWLEDGE") == before + 1);
}

TEST_CASE("a kill of ours needs no last words") {
  Running desk;
  desk.carry_out({StopAttempt{{JobId{1}, 1}, seconds(3)}});
  desk.update({.task = desk.task, .state = "KILLED", .reason = "RECONCILIATION"});
  desk.pass(minutes(11));
  CHECK(desk.outcome().kind == OutcomeKind::killed);
}

TEST_CASE("a task on an unreachable agent is given up after a while, and killed if it comes back") {
  Running desk;
  desk.update({.task = desk.task, .state = "UNREACHABLE", .reason = "AGENT_REMOVED"});
  desk.agent_failed("S1");
  CHECK(desk.all<AttemptUnreachable>().size() == 1);
  CHECK(desk.framework.figures().agents.at(0).unreachable);
  desk.pass(minutes(14));
  CHECK(desk.all<AttemptEnded>().empty());
  desk.pass(minutes(1));
  CHECK(desk.outcome().kind == OutcomeKind::node_lost);
  CHECK(desk.all<NodeLost>().size() == 1);
  desk.settle();
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "AGENT_REREGISTERED"});
  CHECK(desk.in_last("KILL", "/kill/task_id/value") == '"' + desk.task + '"');
  const std::size_t kills = desk.count("KILL");
  desk.pass(minutes(5));
  CHECK(desk.count("KILL") > kills);  // until it has ended
  desk.update({.task = desk.task, .state = "KILLED", .uuid = "ZW5k"});
  const std::size_t after = desk.count("KILL");
  desk.pass(minutes(5));
  CHECK(desk.count("KILL") == after);
  CHECK(desk.all<AttemptEnded>().size() == 1);
  CHECK(desk.all<AttemptRunning>().size() == 1);
  CHECK(desk.last("ACKNOWLEDGE").body.find("ZW5k") != std::string::npos);
}

TEST_CASE("a task that comes back in time runs on") {
  Running desk;
  desk.update({.task = desk.task, .state = "UNREACHABLE", .reason = "AGENT_REMOVED"});
  desk.agent_failed("S1");
  desk.pass(minutes(10));
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "AGENT_REREGISTERED"});
  CHECK(desk.all<AttemptRunning>().size() == 2);
  CHECK_FALSE(desk.framework.figures().agents.at(0).unreachable);
  desk.pass(minutes(10));
  CHECK(desk.all<AttemptEnded>().empty());
  CHECK(desk.all<NodeLost>().empty());
}

TEST_CASE("a task that never began before its agent was cut off begins after it") {
  Running desk(false);
  desk.update({.task = desk.task, .state = "UNREACHABLE", .reason = "AGENT_REMOVED"});
  desk.update({.task = desk.task, .state = "STAGING", .reason = "AGENT_REREGISTERED"});
  desk.pass(minutes(20));
  CHECK(desk.all<AttemptEnded>().empty());
  desk.update({.task = desk.task, .state = "RUNNING", .uuid = "cnVu"});
  CHECK(desk.all<AttemptRunning>().size() == 1);
}

TEST_CASE("an agent that is lost with nothing of ours on it is a node that is lost") {
  Desk desk;
  desk.subscribe();
  desk.offer();
  desk.agent_failed("S1");
  CHECK(desk.all<LeaseRevoked>().size() == 1);
  REQUIRE(desk.all<NodeLost>().size() == 1);
  CHECK(desk.all<NodeLost>()[0].node == "host1");
  CHECK(desk.all<StateReported>().back().name == "mesos.agent.host1");
  CHECK(desk.all<StateReported>().back().value.empty());
  desk.agent_failed("S1");
  desk.agent_failed("S9");
  CHECK(desk.all<NodeLost>().size() == 1);
}

TEST_CASE("a task that nobody believes in is killed, whatever its name") {
  for (const char* name : {"7-1-zzz", "left-over", "1"}) {
    CAPTURE(name);
    Desk desk;
    desk.subscribe();
    desk.update({.task = name, .state = "RUNNING", .uuid = "cnVu"});
    CHECK(desk.count("KILL") == 1);
    CHECK(desk.count("ACKNOWLEDGE") == 1);
    CHECK(desk.all<AttemptRunning>().empty());
    desk.update({.task = name, .state = "RUNNING", .uuid = "cnVu"});
    CHECK(desk.count("KILL") == 1);
  }
}

TEST_CASE("the same attempt of a store that was put back is another task") {
  Running desk;
  desk.update({.task = "1-1-0", .state = "RUNNING", .reason = "RECONCILIATION"});
  CHECK(desk.in_last("KILL", "/kill/task_id/value") == R"("1-1-0")");
  CHECK(desk.all<AttemptRunning>().size() == 1);
}

TEST_CASE("a stop is a KILL with its grace period, said again until the task has ended") {
  Running desk;
  desk.carry_out({StopAttempt{{JobId{1}, 1}, seconds(3)}});
  CHECK(desk.in_last("KILL", "/kill/kill_policy/grace_period/nanoseconds") == "3000000000");
  CHECK(desk.in_last("KILL", "/kill/agent_id/value") == R"("S1")");
  desk.pass(seconds(7));
  CHECK(desk.count("KILL") == 1);
  desk.pass(seconds(3));
  CHECK(desk.count("KILL") == 2);
  desk.update({.task = desk.task, .state = "KILLING", .uuid = "a2ls"});
  desk.pass(minutes(10));
  CHECK(desk.count("KILL") > 5);
  CHECK(desk.count("KILL") < 20);
  desk.update({.task = desk.task,
               .state = "KILLED",
               .uuid = "ZW5k",
               .message = "Command terminated with signal Killed"});
  CHECK(desk.outcome() == Outcome{OutcomeKind::killed, -1, 9, ""});
  const std::size_t kills = desk.count("KILL");
  desk.pass(minutes(10));
  CHECK(desk.count("KILL") == kills);
}

TEST_CASE("a stop that was asked of an unreachable task is said as soon as it is back") {
  Running desk;
  desk.update({.task = desk.task, .state = "UNREACHABLE", .reason = "AGENT_REMOVED"});
  desk.carry_out({StopAttempt{{JobId{1}, 1}, seconds(3)}});
  desk.pass(minutes(5));
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "AGENT_REREGISTERED"});
  const std::size_t kills = desk.count("KILL");
  desk.pass(Duration{0});
  CHECK(desk.count("KILL") == kills + 1);
}
