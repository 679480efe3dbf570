// Agents that come, go silent, come back or never do.
#include <algorithm>

#include "support/mesos/model.hpp"
#include "support/mesos/schema.hpp"

namespace retz::testing::mesos {
namespace {

// The framework's tasks on the agent are no longer there; `tell(task)` of each that had not ended.
template <class Framework, class Tell>
void take_tasks_of(std::size_t agent, Framework& framework, const Tell& tell) {
  std::erase_if(framework.tasks, [&](const auto& task) {
    if (task.second.agent != agent) return false;
    if (!is_terminal(task.second.latest)) tell(task.first);
    return true;
  });
}

}  // namespace

void ScriptedMaster::State::lost_agent(std::size_t number) {
  rescind_of(number);
  for (auto it = inverse_offers.begin(); it != inverse_offers.end();) {
    if (it->second.second != number) {
      ++it;
      continue;
    }
    if (const auto owner = frameworks.find(it->second.first); owner != frameworks.end()) {
      say(owner->second,
          {{"type", "RESCIND_INVERSE_OFFER"},
           {"rescind_inverse_offer", {{"inverse_offer_id", {{"value", it->first}}}}}});
    }
    it = inverse_offers.erase(it);
  }
  for (auto& [name, framework] : frameworks) {
    say(framework,
        {{"type", "FAILURE"}, {"failure", {{"agent_id", {{"value", agents[number].id}}}}}});
  }
}

void ScriptedMaster::State::unreachable(std::size_t number, Instant now) {
  Agent& agent = agents[number];
  agent.view = Agent::View::unreachable;
  agent.unreachable_since = now;
  agent.silent_since.reset();
  agent.kills.clear();
  for (auto& [name, framework] : frameworks) {
    take_tasks_of(number, framework, [&, &owner = framework](const std::string& task) {
      say_state(owner,
                {task, "TASK_UNREACHABLE", "REASON_AGENT_REMOVED", "health check timed out",
                 agent.id, now},
                now);
      owner.unreachable[task] = number;
    });
  }
  lost_agent(number);
}

void ScriptedMaster::State::gone(std::size_t number, Agent::View view, const std::string& state,
                                 const std::string& reason, const std::string& message,
                                 Instant now) {
  Agent& agent = agents[number];
  agent.view = view;
  agent.silent_since.reset();
  agent.registers_at.reset();
  agent.process = false;
  agent.mail.clear();
  agent.words.clear();
  for (auto& [name, framework] : frameworks) {
    take_tasks_of(number, framework, [&, &owner = framework](const std::string& task) {
      say_state(owner, {task, state, reason, message, agent.id}, now);
    });
    std::erase_if(framework.unreachable, [&](const auto& t) { return t.second == number; });
  }
  for (const auto& [key, task] : agent.tasks) {
    orders.push_back({Order::Kind::destroy, number, key.first, key.second, {}, {}, {}, {}, false});
  }
  agent.tasks.clear();
  lost_agent(number);
}

/// The master books a task that the agent says it runs.
void ScriptedMaster::State::take_back(std::size_t number, const TaskKey& key) {
  const AgentTask& task = agents[number].tasks.at(key);
  const auto info = told_to_agents.find(key.first);
  if (removed.count(key.first) != 0 || info == told_to_agents.end()) return;
  Framework& framework = frameworks[key.first];
  if (framework.id.empty()) {  // known through its agents alone, until it subscribes
    framework.id = key.first;
    framework.info = info->second;
    framework.principal = info->second.value("principal", "");
  }
  MasterTask made;
  made.agent = number;
  made.latest = task.latest;
  made.told = task.pending.empty() ? task.latest : task.pending.front()["state"].get<std::string>();
  std::string role = "*";
  if (const json roles = framework.info.value("roles", json::array()); !roles.empty()) {
    role = roles.front();
  }
  made.resources = resources_of(task.info["resources"], role);
  made.released = is_terminal(task.latest);
  framework.tasks[key.second] = std::move(made);
}

void ScriptedMaster::State::registers_lost(std::size_t number, const std::string& message,
                                           Instant now) {
  Agent& agent = agents[number];
  for (const auto& [key, task] : agent.tasks) {
    take_back(number, key);
    const auto owner = frameworks.find(key.first);
    if (owner == frameworks.end() || message.empty()) continue;
    say_state(owner->second,
              {key.second, task.latest, "REASON_AGENT_REREGISTERED", message, agent.id}, now);
  }
  for (auto& [name, framework] : frameworks) {
    std::erase_if(framework.unreachable, [&](const auto& t) { return t.second == number; });
  }
}

/// It was never given up: what the master sent and the agent never got is dropped, in its words.
void ScriptedMaster::State::registers_known(std::size_t number, Instant now) {
  Agent& agent = agents[number];
  for (auto& [name, framework] : frameworks) {
    for (const auto& [task, what] : framework.tasks) {
      if (what.agent != number || agent.tasks.count({name, task}) != 0) continue;
      if (is_terminal(what.latest)) continue;
      AgentTask& stub = agent.tasks[{name, task}];
      stub.started = stub.over = true;
      TaskStatus status;
      status.state = stub.latest = framework.can("PARTITION_AWARE") ? "TASK_DROPPED" : "TASK_LOST";
      status.source = "SOURCE_AGENT";
      status.reason = "REASON_RECONCILIATION";
      status.message = "Reconciliation: task unknown to the agent";
      stub.pending.push_back(fields_of(status, task, agent.id, "", now));
      stub.pending.back().erase("executor_id");
      stub.pending.back()["uuid"] = base64_of(uuid_bytes());
      stub.backoff = std::chrono::seconds(10);
      retry_later(number, {name, task}, now);
    }
  }
}

void ScriptedMaster::State::registers(std::size_t number, Instant now) {
  Agent& agent = agents[number];
  const Agent::View was = agent.view;
  agent.silent_since.reset();
  agent.registers_at.reset();
  agent.unreachable_since.reset();
  if (was == Agent::View::gone || was == Agent::View::removed) {
    agent.process = false;  // it is told to shut down
    return;
  }
  agent.view = Agent::View::registered;
  if (was == Agent::View::disconnected) registers_known(number, now);
  if (was == Agent::View::unreachable) {
    registers_lost(number, "Unreachable agent re-reregistered", now);
  }
  if (was == Agent::View::unknown) registers_lost(number, "Unknown agent reregistered", now);
  if (was == Agent::View::recovering) registers_lost(number, "", now);
  for (auto it = agent.tasks.begin(); it != agent.tasks.end();) {
    if (removed.count(it->first.first) == 0) {
      ++it;
      continue;
    }
    orders.push_back(
        {Order::Kind::destroy, number, it->first.first, it->first.second, {}, {}, {}, {}, false});
    it = agent.tasks.erase(it);
  }
  compute_free(number);
  flush(number, nullptr, now);
  flush(number, nullptr, now);
  auto kills = std::move(agent.kills);
  agent.kills.clear();
  for (const auto& [key, grace] : kills) kill_task(number, key.first, key.second, grace, now);
  allocate(number, nullptr, now);
}

}  // namespace retz::testing::mesos
