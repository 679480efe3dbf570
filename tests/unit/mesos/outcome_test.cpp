// One row a way to end.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "mesos/outcome.hpp"

using namespace retz;
using namespace retz::mesos;

namespace {

struct Row {
  const char* title;
  TaskState state;
  std::string reason, message;
  bool stopped;
  OutcomeKind kind;
  std::int32_t code, signal;
};

TaskStatus status_of(const Row& row) {
  TaskStatus out;
  out.task_id = "1-1-a";
  out.state = row.state;
  out.reason = row.reason.empty() ? "" : "REASON_" + row.reason;
  out.message = row.message;
  return out;
}

using K = OutcomeKind;
using S = TaskState;

const std::vector<Row> rows = {
    {"it finished", S::finished, "", "Command exited with status 0", false, K::exited, 0, 0},
    {"it finished as it was stopped", S::finished, "", "", true, K::exited, 0, 0},
    {"it exited 3", S::failed, "", "Command exited with status 3", false, K::exited, 3, 0},
    {"no such command", S::failed, "", "Command exited with status 127", false, K::exited, 127, 0},
    {"with the executor's own reason", S::failed, "COMMAND_EXECUTOR_FAILED",
     "Command exited with status 7", false, K::exited, 7, 0},
    {"a status that is no number", S::failed, "", "Command exited with status ?", false, K::exited,
     1, 0},
    {"failed, it does not say how", S::failed, "", "", false, K::exited, 1, 0},
    {"failed with status 0", S::failed, "", "Command exited with status 0", false, K::exited, 1, 0},
    {"SIGKILL", S::failed, "", "Command terminated with signal Killed", false, K::signaled, -1, 9},
    {"SIGTERM", S::failed, "", "Command terminated with signal Terminated", false, K::signaled, -1,
     15},
    {"SIGSEGV", S::failed, "", "Command terminated with signal Segmentation fault (core dumped)",
     false, K::signaled, -1, 11},
    {"SIGABRT", S::failed, "", "Command terminated with signal Aborted", false, K::signaled, -1, 6},
    {"a signal without a name here", S::failed, "",
     "Command terminated with signal Real-time signal 3", false, K::signaled, -1, 0},
    {"time limit", S::failed, "MAX_COMPLETION_TIME_REACHED",
     "Command terminated with signal Terminated", false, K::timed_out, -1, 15},
    {"memory limit", S::failed, "CONTAINER_LIMITATION_MEMORY", "Memory limit exceeded", false,
     K::out_of_memory, -1, 0},
    {"disk limit", S::failed, "CONTAINER_LIMITATION_DISK", "Disk usage exceeds", false, K::signaled,
     -1, 9},
    {"another limit", S::failed, "CONTAINER_LIMITATION", "", false, K::signaled, -1, 9},
    {"files", S::failed, "CONTAINER_LAUNCH_FAILED",
     "Failed to launch container: Failed to fetch all URIs for container 'x': exited with status 1",
     false, K::fetch_failed, -1, 0},
    {"image not possible", S::failed, "CONTAINER_LAUNCH_FAILED",
     "Failed to launch container: Unsupported container image type: DOCKER", false,
     K::cannot_launch, -1, 0},
    {"no such user", S::failed, "CONTAINER_LAUNCH_FAILED",
     "Failed to launch container: Failed to chown '/x'", false, K::cannot_launch, -1, 0},
    {"container trouble", S::failed, "CONTAINER_LAUNCH_FAILED", "Failed to launch container: x",
     false, K::launch_failed, -1, 0},
    {"container update", S::failed, "CONTAINER_UPDATE_FAILED", "", false, K::launch_failed, -1, 0},
    {"executor never registered", S::failed, "EXECUTOR_REGISTRATION_TIMEOUT", "", false,
     K::launch_failed, -1, 0},
    {"executor gone: outcome unknown", S::failed, "EXECUTOR_TERMINATED", "Executor terminated",
     false, K::node_lost, -1, 0},
    {"executor did not come back", S::failed, "EXECUTOR_REREGISTRATION_TIMEOUT", "", false,
     K::node_lost, -1, 0},
    {"agent removed", S::failed, "AGENT_REMOVED", "", false, K::node_lost, -1, 0},
    {"preempted", S::failed, "CONTAINER_PREEMPTED", "", false, K::node_lost, -1, 0},
    {"killed by us", S::killed, "", "Command terminated with signal Terminated", true, K::killed,
     -1, 15},
    {"killed by us, the handler exited 0", S::killed, "", "Command exited with status 0", true,
     K::killed, -1, 0},
    {"killed during its launch", S::killed, "TASK_KILLED_DURING_LAUNCH", "", true, K::killed, -1,
     0},
    {"killed by another", S::killed, "", "Command terminated with signal Killed", false, K::killed,
     -1, 9},
    {"drained", S::killed, "AGENT_DRAINING", "", false, K::node_lost, -1, 0},
    {"drained as we stopped it", S::killed, "AGENT_DRAINING", "", true, K::node_lost, -1, 0},
    {"refused as written", S::error, "TASK_INVALID", "Task uses no resources", false,
     K::cannot_launch, -1, 0},
    {"not allowed", S::error, "TASK_UNAUTHORIZED", "", false, K::cannot_launch, -1, 0},
    {"another took its resources", S::error, "TASK_INVALID",
     "Total resources cpus:1 required by task and its executor is more than available cpus:0.5",
     false, K::launch_failed, -1, 0},
    {"its offer was gone", S::dropped, "INVALID_OFFERS", "", false, K::node_lost, -1, 0},
    {"dropped on its way", S::dropped, "AGENT_DISCONNECTED", "", false, K::launch_failed, -1, 0},
    {"lost with its agent", S::lost, "AGENT_REMOVED", "Agent h removed", false, K::node_lost, -1,
     0},
    {"gone", S::gone, "RECONCILIATION", "", false, K::node_lost, -1, 0},
    {"given up by an operator", S::gone_by_operator, "AGENT_REMOVED_BY_OPERATOR", "", false,
     K::node_lost, -1, 0},
    {"unknown for too long", S::unknown, "RECONCILIATION", "", false, K::node_lost, -1, 0},
};

}  // namespace

TEST_CASE("the end of a task, row by row") {
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const Outcome outcome = outcome_of(status_of(row), row.stopped);
    CHECK(outcome.kind == row.kind);
    CHECK(outcome.exit_code == row.code);
    CHECK(outcome.signal == row.signal);
    const bool clean = row.state == S::finished || (row.stopped && row.reason != "AGENT_DRAINING");
    CHECK(outcome.reason.empty() == clean);
  }
}

TEST_CASE("what failed or was killed, told by the master alone, has its last words to come") {
  TaskStatus status;
  status.state = TaskState::failed;
  status.reason = "REASON_AGENT_REREGISTERED";
  CHECK(lacks_words(status));
  status.reason = "REASON_RECONCILIATION";
  CHECK(lacks_words(status));
  status.uuid = "YQ==";
  CHECK_FALSE(lacks_words(status));
  status.uuid.clear();
  status.state = TaskState::finished;
  CHECK_FALSE(lacks_words(status));
  status.state = TaskState::lost;
  CHECK_FALSE(lacks_words(status));
}
