// The agents: tasks they run, updates they repeat until each is acknowledged.
#include <algorithm>
#include <utility>

#include "support/mesos/model.hpp"
#include "support/mesos/schema.hpp"

namespace retz::testing::mesos {

void ScriptedMaster::State::send(std::size_t agent, std::function<void(Instant)> message,
                                 Instant now) {
  Agent& to = agents[agent];
  if (!to.process || to.view == Agent::View::unreachable) return;  // lost with the connection
  if (to.frozen) {
    to.mail.push_back(std::move(message));
  } else {
    message(now);
  }
}

void ScriptedMaster::State::run_task(std::size_t agent, const std::string& framework,
                                     const json& info, Instant now) {
  const std::string container = uuid_text();
  send(
      agent,
      [this, agent, framework, info, container](Instant) {
        const std::string task = info["task_id"]["value"];
        AgentTask& made = agents[agent].tasks[{framework, task}];
        made.info = info;
        made.container = container;
        Order order;
        order.agent = agent;
        order.framework = framework;
        order.task = task;
        order.info = info.dump();
        order.container = container;
        const json& of = told_to_agents[framework];
        order.user = of.value("user", "");
        orders.push_back(std::move(order));
      },
      now);
}

Duration ScriptedMaster::State::grace_of(const json& info) const {
  const json policy = info.value("kill_policy", json::object());
  if (!policy.contains("grace_period")) return std::chrono::seconds(3);
  return Duration(policy["grace_period"].value("nanoseconds", std::int64_t{0}) / 1000);
}

void ScriptedMaster::State::kill_task(std::size_t agent, const std::string& framework,
                                      const std::string& task, std::optional<Duration> grace,
                                      Instant now) {
  const auto owner = frameworks.find(framework);
  const bool tell = owner != frameworks.end() && owner->second.can("TASK_KILLING_STATE");
  send(
      agent,
      [this, agent, framework, task, grace, tell](Instant then) {
        const TaskKey key{framework, task};
        const auto found = agents[agent].tasks.find(key);
        if (found == agents[agent].tasks.end() || found->second.over) return;
        Order order;
        order.agent = agent;
        order.framework = framework;
        order.task = task;
        if (!found->second.started) {
          order.kind = Order::Kind::destroy;
          orders.push_back(std::move(order));
          TaskStatus status;
          status.state = "TASK_KILLED";
          status.source = "SOURCE_AGENT";
          status.reason = "REASON_TASK_KILLED_DURING_LAUNCH";
          status.message = "Killed before delivery to the executor";
          executor_says(agent, key, status, then);
          return;
        }
        order.kind = Order::Kind::kill;
        order.grace = grace.value_or(grace_of(found->second.info));
        order.tell_killing = tell;
        orders.push_back(std::move(order));
      },
      now);
}

void ScriptedMaster::State::executor_says(std::size_t number, const TaskKey& key,
                                          const TaskStatus& given, Instant now) {
  Agent& agent = agents[number];
  const auto found = agent.tasks.find(key);
  if (found == agent.tasks.end() || found->second.over || found->second.died) return;
  if (!agent.process && is_terminal(given.state)) {
    found->second.died = true;  // nobody heard how
    return;
  }
  if (!agent.heard()) {
    agent.words.emplace_back(key, given);
    return;
  }
  AgentTask& task = found->second;
  TaskStatus status = given;
  if (agent.draining && status.state.starts_with("TASK_KILL") && status.reason.empty()) {
    status.reason = "REASON_AGENT_DRAINING";
  }
  json fields = fields_of(status, key.second, agent.id, task.container, now);
  fields["uuid"] = base64_of(uuid_bytes());
  task.started = true;
  task.latest = status.state;
  task.over = is_terminal(status.state);
  task.pending.push_back(std::move(fields));
  if (task.pending.size() > 1) return;
  task.backoff = std::chrono::seconds(10);
  forward(number, key, now);
  retry_later(number, key, now);
}

/// Of an agent killed while they waited, the last words are lost.
void ScriptedMaster::State::hear_words(std::size_t number, Instant now) {
  const auto words = std::exchange(agents[number].words, {});
  for (const auto& [key, status] : words) executor_says(number, key, status, now);
}

void ScriptedMaster::State::retry_later(std::size_t number, const TaskKey& key, Instant now) {
  const auto found = agents[number].tasks.find(key);
  if (found == agents[number].tasks.end() || found->second.pending.empty()) return;
  AgentTask& task = found->second;
  retries.erase({task.retry_at, {number, key}});
  task.retry_at = now + task.backoff;
  retries.insert({task.retry_at, {number, key}});
  task.backoff = std::min<Duration>(task.backoff * 2, std::chrono::minutes(10));
}

void ScriptedMaster::State::forward(std::size_t number, const TaskKey& key, Instant now) {
  (void)now;
  Agent& agent = agents[number];
  if (!agent.heard() || agent.view != Agent::View::registered) return;
  const auto found = agent.tasks.find(key);
  const auto owner = frameworks.find(key.first);
  if (found == agent.tasks.end() || found->second.pending.empty() || owner == frameworks.end()) {
    return;
  }
  const json& status = found->second.pending.front();
  if (const auto known = owner->second.tasks.find(key.second); known != owner->second.tasks.end()) {
    MasterTask& task = known->second;
    task.latest = found->second.latest;
    task.told = status["state"];
    task.uuid = status["uuid"];
    if (is_terminal(task.latest)) release(task);
  }
  say(owner->second, {{"type", "UPDATE"}, {"update", {{"status", status}}}});
}

void ScriptedMaster::State::acknowledged(std::size_t number, const TaskKey& key,
                                         const std::string& uuid, Instant now) {
  Agent& agent = agents[number];
  const auto found = agent.tasks.find(key);
  if (found == agent.tasks.end() || found->second.pending.empty()) return;
  AgentTask& task = found->second;
  if (task.pending.front()["uuid"] != uuid) return;
  task.pending.pop_front();
  retries.erase({task.retry_at, {number, key}});
  if (!task.pending.empty()) {
    task.backoff = std::chrono::seconds(10);
    forward(number, key, now);
    retry_later(number, key, now);
  } else if (task.over) {
    agent.tasks.erase(found);
  }
}

void ScriptedMaster::State::flush(std::size_t number, const std::string* framework, Instant now) {
  Agent& agent = agents[number];
  auto it = framework != nullptr ? agent.tasks.lower_bound({*framework, ""}) : agent.tasks.begin();
  for (; it != agent.tasks.end(); ++it) {
    if (framework != nullptr && it->first.first != *framework) break;
    forward(number, it->first, now);
  }
}

void ScriptedMaster::State::release(MasterTask& task) {
  if (task.released) return;
  task.released = true;
  add(agents[task.agent].free, allocated(task.resources, ""));
}

void ScriptedMaster::State::compute_free(std::size_t number) {
  Agent& agent = agents[number];
  agent.free = agent.total;
  for (const auto& [name, framework] : frameworks) {
    for (const auto& [task, what] : framework.tasks) {
      if (what.agent == number && !what.released)
        subtract(agent.free, allocated(what.resources, ""));
    }
  }
  for (const auto& [name, offer] : offers) {
    if (offer.agent == number) subtract(agent.free, allocated(offer.resources, ""));
  }
}

}  // namespace retz::testing::mesos
