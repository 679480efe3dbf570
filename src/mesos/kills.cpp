// Kills, which Mesos forgets: they are said again until the task has ended.
#include <algorithm>

#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

constexpr Duration pause_min = std::chrono::seconds(5);
constexpr Duration pause_max = std::chrono::minutes(1);

Duration next_pause(Duration before) {
  return std::clamp(before * 2, pause_min, pause_max);
}

}  // namespace

void Core::stop(const StopAttempt& action) {
  const auto at = by_attempt_.find(action.attempt);
  Task* const task = at == by_attempt_.end() ? nullptr : find_task(at->second);
  if (task == nullptr || task->ended) return;
  if (task->held_back) {
    return end(*task, {OutcomeKind::killed, -1, 0, "stopped before it was launched"});
  }
  task->stop = action.grace_period;
  task->kill_pause = Duration{0};
  kill(*task);
}

void Core::kill(Task& task) {
  if (task.ended || !task.stop) return;
  call("KILL", kill_body(id_, {task.id, task.agent_id}, *task.stop));
  task.kill_pause = next_pause(task.kill_pause);
  timers_.set(Deed::kill, task.id, now_ + *task.stop + jittered(task.kill_pause));
}

void Core::kill_stray(const std::string& id) {
  const auto at = strays_.find(id);
  if (at == strays_.end()) return;
  Stray& stray = at->second;
  call("KILL", kill_body(id_, {id, stray.agent_id}, Duration{0}));
  stray.kill_pause = next_pause(stray.kill_pause);
  timers_.set(Deed::kill, id, now_ + jittered(stray.kill_pause));
}

void Core::kill_again(const std::string& id) {
  if (!subscribed_) return;  // said anew with the next subscription
  if (Task* const task = find_task(id)) return kill(*task);
  kill_stray(id);
}

}  // namespace retz::mesos
