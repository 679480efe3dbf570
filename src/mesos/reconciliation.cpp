// What became of tasks: asked until every one of them is answered for, then the other way round.
#include <algorithm>
#include <utility>

#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

constexpr Duration pause_min = std::chrono::seconds(1);
constexpr Duration pause_max = std::chrono::minutes(1);
constexpr std::size_t tasks_max = 1000;  // in one call
constexpr Duration doubt_again = std::chrono::minutes(5);
constexpr Duration believed_grace = std::chrono::seconds(10);  // of a stop in another life

}  // namespace

void Core::reconcile(std::span<const AttemptRecord> believed_live, Instant now) {
  now_ = now;
  reconcile_called_ = true;
  for (const AttemptRecord& record : believed_live) believe(record);
  if (subscribed_) start_reconciliation();
  finish();
}

void Core::believe(const AttemptRecord& record) {
  if (by_attempt_.contains(record.ref)) return;  // of this life
  if (id_.empty()) {
    return refuse(record.ref, OutcomeKind::launch_failed,
                  "never launched: no framework was ever subscribed");
  }
  std::string id = task_id(record.ref, record.started);
  by_attempt_.emplace(record.ref, id);
  Task& task = tasks_[id];
  task.attempt = record.ref;
  task.id = std::move(id);
  task.agent_id = agents_.id_of(record.placement.node);
  if (!task.agent_id.empty()) {
    ++agents_.at(task.agent_id).tasks;
    place(task);
  }
  if (record.state == AttemptState::stopping) task.stop = believed_grace;
  if (record.state != AttemptState::unreachable) return;
  task.told_unreachable = true;
  timers_.set(Deed::give_up, task.id, now_ + options_.unreachable_timeout);
}

/// Every task that may have news, and then all that the master lists.
void Core::start_reconciliation() {
  if (!subscribed_) return;
  unanswered_.clear();
  for (const auto& [id, task] : tasks_) {
    if (!task.ended && !task.held_back && !task.in_flight) unanswered_.insert(id);
  }
  // What was launched over a stream that is gone may never have arrived.
  for (auto& [id, task] : tasks_) {
    if (task.in_flight && !timers_.is_set(Deed::doubt, id)) unanswered_.insert(id);
  }
  rounds_ = true;
  round_pause_ = pause_min;
  reconcile_round();
}

void Core::reconcile_round() {
  if (!subscribed_) return;
  if (unanswered_.empty()) {
    rounds_ = false;
    call("RECONCILE", reconcile_body(id_, {}));
    timers_.set(Deed::reconcile, {}, now_ + options_.reconcile_interval);
    return;
  }
  std::vector<TaskName> tasks;
  const auto ask = [&] {
    call("RECONCILE", reconcile_body(id_, tasks));
    tasks.clear();
  };
  for (const std::string& id : unanswered_) {
    tasks.push_back({id, tasks_.at(id).agent_id});
    if (tasks.size() == tasks_max) ask();
  }
  if (!tasks.empty()) ask();
  timers_.set(Deed::reconcile, {}, now_ + jittered(round_pause_));
  round_pause_ = std::min(round_pause_ * 2, pause_max);
}

/// A launch that nothing was heard of.
void Core::doubt(const std::string& task_id) {
  Task* const task = find_task(task_id);
  if (task == nullptr || task->ended || !task->in_flight) return;
  timers_.set(Deed::doubt, task_id, now_ + doubt_again);
  if (!subscribed_) return;
  const bool going_on = std::exchange(rounds_, true);
  unanswered_.insert(task_id);
  if (going_on) return;
  round_pause_ = pause_min;
  reconcile_round();
}

}  // namespace retz::mesos
