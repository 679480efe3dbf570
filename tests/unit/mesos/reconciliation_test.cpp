#include <doctest/doctest.h>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::map<std::string, std::string> known = {{"mesos.framework-id", "F-0000"},
                                                  {"mesos.agent.host1", "S1 10.0.0.1:5051"}};

/// A server that was started again and believes in one running attempt on host1.
struct Restarted : Desk {
  AttemptRecord record = {};
  std::string task;

  explicit Restarted(AttemptState state = AttemptState::running, const std::string& node = "host1")
      : Desk({}, known) {
    record.ref = {JobId{1}, 1};
    record.state = state;
    record.placement.node = node;
    record.started = now - hours(1);
    task = mesos::task_id(record.ref, record.started);
    framework.reconcile(std::vector<AttemptRecord>{record}, now);
    take();
  }
};

}  // namespace

TEST_CASE("there is no connection before it is known what to believe") {
  mesos::Framework framework({}, {}, 1);
  CHECK_FALSE(framework.wants_connection());
  framework.reconcile({}, at_micros(1));
  CHECK(framework.wants_connection());
}

TEST_CASE(
    "after a subscription every task is asked for with its agent, then all that the master has") {
  Restarted desk;
  desk.subscribe();
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/task_id/value") == '"' + desk.task + '"');
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/agent_id/value") == R"("S1")");
  CHECK(desk.framework.figures().unreconciled == 1);
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "RECONCILIATION"});
  CHECK(desk.all<AttemptRunning>().size() == 1);
  CHECK(desk.framework.figures().unreconciled == 0);
  desk.pass(seconds(2));
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks") == "[]");
  CHECK(desk.places.size() == 1);
  CHECK(desk.places[0].address == "10.0.0.1:5051");
}

TEST_CASE("with nothing to ask for, the master is asked for all it has at once") {
  Desk desk;
  desk.subscribe();
  REQUIRE(desk.count("RECONCILE") == 1);
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks") == "[]");
}

TEST_CASE("a task that nobody answers for is asked for again, ever more rarely") {
  Restarted desk;
  desk.subscribe();
  CHECK(desk.count("RECONCILE") == 1);
  desk.pass(seconds(10));
  CHECK(desk.count("RECONCILE") >= 3);
  desk.pass(minutes(9));
  CHECK(desk.count("RECONCILE") > 9);
  CHECK(desk.count("RECONCILE") < 20);
  CHECK(desk.all<AttemptEnded>().empty());
}

TEST_CASE("every fifteen minutes it is asked again") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  desk.update({.task = task, .state = "RUNNING", .uuid = "cnVu"});
  const std::size_t before = desk.count("RECONCILE");
  desk.pass(minutes(15));
  CHECK(desk.count("RECONCILE") == before + 1);
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/task_id/value") == '"' + task + '"');
}

TEST_CASE("a task that is gone has ended with the system to blame") {
  Restarted desk;
  desk.subscribe();
  desk.update({.task = desk.task, .state = "GONE", .reason = "RECONCILIATION"});
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("a master that does not know a task yet is given the time that agents have to register") {
  Restarted desk;
  desk.subscribe();
  for (int i = 0; i < 9; ++i) {
    desk.update({.task = desk.task, .state = "UNKNOWN", .reason = "RECONCILIATION", .agent = ""});
    desk.pass(minutes(1));
  }
  CHECK(desk.all<AttemptEnded>().empty());
  desk.pass(minutes(2));
  desk.update({.task = desk.task, .state = "UNKNOWN", .reason = "RECONCILIATION", .agent = ""});
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("a task that is unknown although its agent is there is not waited for") {
  Restarted desk;
  desk.subscribe();
  desk.offer();
  desk.update({.task = desk.task, .state = "UNKNOWN", .reason = "RECONCILIATION", .agent = ""});
  CHECK(desk.all<AttemptEnded>().empty());
  desk.update({.task = desk.task, .state = "UNKNOWN", .reason = "RECONCILIATION", .agent = ""});
  CHECK(desk.all<AttemptEnded>().size() == 1);
}

TEST_CASE("a task of which not even the agent is known is found through what the master tells") {
  Restarted desk(AttemptState::running, "host7");
  desk.subscribe();
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/agent_id") == "absent");
  desk.update({.task = desk.task, .state = "RUNNING", .reason = "RECONCILIATION", .agent = "S7"});
  REQUIRE(desk.places.size() == 1);
  CHECK(desk.places[0].agent_id == "S7");
  CHECK(desk.framework.figures().agents.at(0).tasks == 1);
}

TEST_CASE("an attempt that was being stopped is stopped again") {
  Restarted desk(AttemptState::stopping);
  desk.subscribe();
  desk.pass(seconds(1));
  CHECK(desk.in_last("KILL", "/kill/task_id/value") == '"' + desk.task + '"');
}

TEST_CASE("an attempt that was unreachable is given up in time, over a restart too") {
  Restarted desk(AttemptState::unreachable);
  desk.subscribe();
  desk.update({.task = desk.task, .state = "UNREACHABLE", .reason = "RECONCILIATION"});
  CHECK(desk.all<AttemptUnreachable>().empty());  // known already
  desk.pass(minutes(15));
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("where no framework ever was, nothing can have been launched") {
  Desk desk;
  AttemptRecord record;
  record.ref = {JobId{1}, 1};
  desk.framework.reconcile(std::vector<AttemptRecord>{record}, desk.now);
  desk.take();
  CHECK(desk.all<AttemptEnded>().at(0).outcome.kind == OutcomeKind::launch_failed);
}

TEST_CASE("a launch that nothing is heard of is asked for") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  const std::size_t before = desk.count("RECONCILE");
  desk.pass(seconds(59));
  CHECK(desk.count("RECONCILE") == before);
  desk.pass(seconds(2));
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/task_id/value") == '"' + task + '"');
}

TEST_CASE("what was launched over a lost stream is asked for with all others") {
  Desk desk;
  desk.subscribe();
  const std::string task = desk.start(1);
  desk.framework.lost("cut", desk.now);
  desk.take();
  desk.subscribe();
  CHECK(desk.in_last("RECONCILE", "/reconcile/tasks/0/task_id/value") == '"' + task + '"');
  CHECK(desk.all<AttemptEnded>().empty());
}

TEST_CASE("ten thousand tasks are asked for in ten calls") {
  Desk desk({}, known);
  std::vector<AttemptRecord> records;
  for (std::uint64_t i = 1; i <= 10000; ++i) {
    AttemptRecord record;
    record.ref = {JobId{i}, 1};
    record.placement.node = "host1";
    record.started = desk.now;
    records.push_back(record);
  }
  desk.framework.reconcile(records, desk.now);
  desk.subscribe();
  CHECK(desk.count("RECONCILE") == 10);
}
