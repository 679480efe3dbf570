// What the master tells of tasks.
#include <algorithm>
#include <utility>

#include "mesos/core.hpp"
#include "mesos/outcome.hpp"

namespace retz::mesos {
namespace {

// An agent sends what was not acknowledged again, after ten seconds at first and ten minutes at
// most; one that hangs does so when it goes on.
constexpr Duration words_wait = std::chrono::minutes(11);

bool may_run(TaskState state) {
  return state == TaskState::staging || state == TaskState::starting ||
         state == TaskState::running || state == TaskState::killing;
}

}  // namespace

Task* Core::find_task(const std::string& id) {
  const auto at = tasks_.find(id);
  return at == tasks_.end() ? nullptr : &at->second;
}

void Core::acknowledge(const TaskName& task, const std::string& uuid) {
  if (!uuid.empty() && !task.agent_id.empty()) {
    call("ACKNOWLEDGE", acknowledge_body(id_, task, uuid));
  }
}

void Core::place(const Task& task) {
  const Agent* const agent = agents_.find(task.agent_id);
  out_.places.push_back(
      {task.attempt, task.id, task.agent_id, agent == nullptr ? std::string() : agent->address});
}

void Core::on(const Update& event) {
  const TaskStatus& status = event.status;
  Task* const task = find_task(status.task_id);
  if (task == nullptr) return stray(status);
  if (task->held_back) return acknowledge({task->id, status.agent_id}, status.uuid);  // not ours
  heard_of(*task, status);
  if (task->ended) {
    // The same end once more, or with more words: its end is already on its way to the store.
    const bool fresh =
        std::find(task->uuids.begin(), task->uuids.end(), status.uuid) == task->uuids.end();
    if (!status.uuid.empty() && fresh) task->uuids.push_back(status.uuid);
    return;
  }
  if (is_terminal(status.state)) return ending(*task, status);
  switch (status.state) {
    case TaskState::running:
      return running(*task, status);
    case TaskState::unreachable:
      unreachable(*task);
      break;
    case TaskState::unknown:
      unknown(*task, status);
      break;
    default:
      break;
  }
  acknowledge({status.task_id, status.agent_id}, status.uuid);  // nothing of it needs to be stored
}

/// The task is heard of: its agent is there, its launch is no longer in flight.
void Core::heard_of(Task& task, const TaskStatus& status) {
  if (status.state == TaskState::unknown) return;
  task.unknown_answers = 0;
  unanswered_.erase(task.id);
  const bool moved = !status.agent_id.empty() && status.agent_id != task.agent_id;
  if (moved) {  // told by nobody before: it was launched in another life of ours
    out_of_flight(task);
    if (Agent* const before = agents_.find(task.agent_id); before != nullptr && !task.ended) {
      --before->tasks;
    }
    task.agent_id = status.agent_id;
    if (!task.ended) ++agents_.at(task.agent_id).tasks;
    place(task);
  }
  out_of_flight(task);
  if (!may_run(status.state)) return;
  if (Agent* const agent = agents_.find(task.agent_id)) agent->unreachable = false;
  if (timers_.is_set(Deed::give_up, task.id)) {
    timers_.cancel(Deed::give_up, task.id);
    // What was asked of it while it was away has been forgotten.
    if (task.stop) timers_.set(Deed::kill, task.id, now_);
  }
}

void Core::out_of_flight(Task& task) {
  if (!std::exchange(task.in_flight, false)) return;
  timers_.cancel(Deed::doubt, task.id);
  Agent& agent = agents_.at(task.agent_id);
  --agent.in_flight;
  launch_held_back(agent);
}

void Core::running(Task& task, const TaskStatus& status) {
  const TaskName name{task.id, task.agent_id};
  if (task.told_running && !task.told_unreachable) return acknowledge(name, status.uuid);
  task.told_running = true;
  task.told_unreachable = false;
  post(AttemptRunning{task.attempt, "mesos"}, RunningStored{name, status.uuid});
}

void Core::unreachable(Task& task) {
  if (Agent* const agent = agents_.find(task.agent_id)) agent->unreachable = true;
  timers_.set_if_none(Deed::give_up, task.id, now_ + options_.unreachable_timeout);
  if (std::exchange(task.told_unreachable, true)) return;
  post(AttemptUnreachable{task.attempt});
}

/// A master that has just come to power does not know the tasks of agents that have not
/// registered with it: they have their time to do so.
void Core::unknown(Task& task, const TaskStatus& status) {
  ++task.unknown_answers;
  const Agent* const agent = agents_.find(task.agent_id);
  const bool there = agent != nullptr && agent->seen;
  const bool long_enough = now_ - subscribed_at_ >= options_.reregister_timeout;
  if (task.unknown_answers < 2 || (!there && !long_enough)) return;  // asked again
  ending(task, status);
}

void Core::ending(Task& task, const TaskStatus& status) {
  Outcome outcome = outcome_of(status, task.stop.has_value());
  if (lacks_words(status)) {
    if (task.wordless) return;
    task.wordless = std::move(outcome);
    timers_.set(Deed::settle, task.id, now_ + words_wait);
    return;
  }
  if (!status.uuid.empty()) task.uuids.push_back(status.uuid);
  end(task, std::move(outcome));
}

/// Its end is told; it is forgotten once that is stored.
void Core::end(Task& task, Outcome outcome) {
  if (task.ended) return;
  if (task.held_back) {
    task.held_back.reset();
    --held_back_;
  }
  task.ended = true;
  for (const Deed deed : {Deed::kill, Deed::give_up, Deed::settle, Deed::doubt, Deed::overdue}) {
    timers_.cancel(deed, task.id);
  }
  unanswered_.erase(task.id);
  task.wordless.reset();
  post(AttemptEnded{task.attempt, std::move(outcome), {}}, EndStored{task.id});
  out_of_flight(task);
  revive_wanted_ = true;  // for what it leaves
  Agent* const agent = agents_.find(task.agent_id);
  if (agent == nullptr) return;
  --agent->tasks;
  if (agent->tasks == 0) lose_node(task.agent_id);
}

/// Only its agent knows how it ended, and has been away for so long: the user is not to blame for
/// what may have been the agent's own end.
void Core::end_without_words(Task& task) {
  if (!task.wordless) return;
  if (task.stop && task.wordless->kind == OutcomeKind::killed) {
    return end(task, Outcome(*task.wordless));
  }
  end(task, {OutcomeKind::node_lost, -1, 0,
             "it ended, and the agent that knows how did not tell: " + task.wordless->reason});
}

void Core::give_up(Task& task) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(options_.unreachable_timeout);
  end(task, {OutcomeKind::node_lost, -1, 0,
             "its agent was unreachable for " + std::to_string(seconds.count()) +
                 " seconds; should it return, the task is killed there"});
}

/// Nobody believes in this task: it was given up, or it is of a store that was not restored.
void Core::stray(const TaskStatus& status) {
  acknowledge({status.task_id, status.agent_id}, status.uuid);
  const auto known = strays_.find(status.task_id);
  if (!may_run(status.state)) {
    if (known == strays_.end()) return;
    timers_.cancel(Deed::kill, status.task_id);
    strays_.erase(known);
    return;
  }
  if (known != strays_.end()) {
    if (!status.agent_id.empty()) known->second.agent_id = status.agent_id;
    return;
  }
  notice(1, "task " + status.task_id + " runs, and no live attempt is known for it: it is killed");
  strays_.emplace(status.task_id, Stray{status.agent_id, {}});
  kill_stray(status.task_id);
}

}  // namespace retz::mesos
