// From launches to ACCEPTs.
#include <algorithm>
#include <utility>

#include "mesos/core.hpp"
#include "mesos/task_info.hpp"

namespace retz::mesos {
namespace {

constexpr Duration doubt_after = std::chrono::seconds(60);
constexpr Duration held_back_max = std::chrono::seconds(60);

std::vector<Resource> resources_of(const std::vector<Offer>& offers) {
  std::vector<Resource> out;
  for (const Offer& offer : offers) {
    out.insert(out.end(), offer.resources.begin(), offer.resources.end());
  }
  return out;
}

}  // namespace

void Core::refuse(AttemptRef attempt, OutcomeKind kind, std::string reason) {
  post(AttemptEnded{attempt, {kind, -1, 0, std::move(reason)}, {}});
}

Task& Core::add_task(const Launch& launch, const std::string& agent_id) {
  std::string id = task_id(launch.attempt, launch.started);
  by_attempt_.emplace(launch.attempt, id);
  Task& task = tasks_[id];
  task.attempt = launch.attempt;
  task.id = std::move(id);
  task.agent_id = agent_id;
  ++agents_.at(agent_id).tasks;
  return task;
}

/// All launches of one lease, whose offers one ACCEPT uses up. What they leave is declined by it.
void Core::launch(LeaseId lease, const std::vector<const Launch*>& launches) {
  Holding* const holding = holding_of(lease);
  if (holding == nullptr) {
    for (const Launch* launch : launches) {
      if (by_attempt_.contains(launch->attempt)) continue;
      refuse(launch->attempt, OutcomeKind::node_lost, "its offer was withdrawn before the launch");
    }
    return;
  }
  Agent& agent = agents_.at(holding->agent_id);
  std::vector<Resource> resources = resources_of(holding->leased);
  std::vector<std::string> tasks;
  bool held_back = false;
  for (const Launch* launch : launches) {
    if (by_attempt_.contains(launch->attempt)) continue;
    Task& task = add_task(*launch, agent.id);
    if (agent.in_flight >= options_.launches_per_agent) {
      hold_back(task, *launch);
      held_back = true;
      continue;
    }
    if (auto info = describe(task, *launch, resources)) {
      tasks.push_back(std::move(*info));
      launched(task);
    }
  }
  if (tasks.empty()) {
    loosen(*holding);
  } else {
    accept(holding->leased, tasks, held_back ? Duration{0} : options_.refuse_time);
    for (const Offer& offer : holding->leased) offers_.erase(offer.id);
    holding->leased.clear();
    loosen(*holding);
  }
  arrange(*holding);
}

std::optional<std::string> Core::describe(Task& task, const Launch& launch,
                                          std::vector<Resource>& resources) {
  const auto withdrawn = [&](OutcomeKind kind, std::string why) {
    end(task, {kind, -1, 0, std::move(why)});
    return std::nullopt;
  };
  auto taken = mesos::take(resources, launch.placement);
  if (!taken) {
    return withdrawn(OutcomeKind::node_lost, "a part of its offer was withdrawn before the launch");
  }
  auto info = task_info(launch, options_, {task.id, task.agent_id, std::move(*taken)});
  if (!info) return withdrawn(OutcomeKind::cannot_launch, info.error().message);
  return std::move(*info);
}

void Core::launched(Task& task) {
  task.in_flight = true;
  ++agents_.at(task.agent_id).in_flight;
  timers_.set(Deed::doubt, task.id, now_ + doubt_after);
  place(task);
}

void Core::accept(const std::vector<Offer>& offers, std::span<const std::string> tasks,
                  Duration refuse) {
  std::vector<std::string> ids;
  for (const Offer& offer : offers) ids.push_back(offer.id);
  used_since_ += ids.size();
  call("ACCEPT", accept_body(id_, ids, tasks, refuse));
  revive_wanted_ = true;
}

void Core::hold_back(Task& task, const Launch& launch) {
  task.held_back = std::make_unique<Launch>(launch);
  agents_.at(task.agent_id).held_back.push_back(task.id);
  ++held_back_;
  timers_.set(Deed::overdue, task.id, now_ + held_back_max);
  revive_wanted_ = true;
}

void Core::launch_held_back(Agent& agent) {
  if (agent.held_back.empty()) return;
  const std::string first = agent.id + '\n';
  const auto at = holdings_.lower_bound(first);
  const bool offered =
      at != holdings_.end() && at->second.agent_id == agent.id && at->second.lease.value == 0;
  if (offered) {
    launch_held_back(agent, at->second);
  } else {
    revive_wanted_ = true;
  }
}

/// Before the engine sees an agent's offers they serve what it placed there already.
void Core::launch_held_back(Agent& agent, Holding& holding) {
  std::vector<Resource> resources = resources_of(holding.loose);
  std::vector<std::string> tasks;
  std::deque<std::string> still;
  for (const std::string& id : std::exchange(agent.held_back, {})) {
    Task* const task = find_task(id);
    if (task == nullptr || !task->held_back) continue;  // stopped meanwhile
    std::optional<std::string> taken;
    if (agent.in_flight < options_.launches_per_agent) {
      taken = mesos::take(resources, task->held_back->placement);
    }
    if (!taken) {
      still.push_back(id);
      continue;
    }
    const std::unique_ptr<Launch> launch = std::move(task->held_back);
    --held_back_;
    timers_.cancel(Deed::overdue, id);
    auto info = task_info(*launch, options_, {id, agent.id, std::move(*taken)});
    if (!info) {
      end(*task, {OutcomeKind::cannot_launch, -1, 0, info.error().message});
      continue;
    }
    tasks.push_back(std::move(*info));
    launched(*task);
  }
  agent.held_back = std::move(still);
  if (tasks.empty()) return;  // kept for when the agent takes more, but not for long
  accept(holding.loose, tasks, agent.held_back.empty() ? options_.refuse_time : Duration{0});
  forget_offers(holding);
  timers_.cancel(Deed::expire, holding.key);
  holdings_.erase(std::string(holding.key));
}

/// The master certainly did not act on this ACCEPT.
void Core::never_launched(const Call& call, OutcomeKind kind, const std::string& why) {
  const Named named = named_in(call);
  for (const std::string& id : named.tasks) {
    Task* const task = find_task(id);
    if (task == nullptr || task->ended || !task->in_flight) continue;
    end(*task, {kind, -1, 0, "never launched: " + why});
  }
  // Where the subscription lives on, its offers are still ours.
  if (subscribed_ && !broken_) {
    this->call("DECLINE", decline_body(id_, named.offers, options_.refuse_time));
  }
}

}  // namespace retz::mesos
