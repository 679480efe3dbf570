// What operators and accidents do to a cluster.
#include "support/mesos/model.hpp"

namespace retz::testing::mesos {
namespace {

using View = Agent::View;

}  // namespace

void ScriptedMaster::kill_agent(std::size_t number, Instant now) {
  State& state = *state_;
  Agent& agent = state.agents[number];
  if (!agent.process) return;
  agent.process = agent.frozen = false;
  agent.mail.clear();
  state.hear_words(number, now);
  if (agent.view != View::registered) return;
  agent.view = View::disconnected;
  agent.silent_since = now;
  state.rescind_of(number);
  for (auto& [name, framework] : state.frameworks) {
    if (framework.checkpoints()) continue;
    for (auto it = framework.tasks.begin(); it != framework.tasks.end();) {
      if (it->second.agent != number) {
        ++it;
        continue;
      }
      state.say_state(framework,
                      {it->first, "TASK_LOST", "REASON_AGENT_DISCONNECTED",
                       "Agent " + agent.spec.hostname + " disconnected", agent.id},
                      now);
      it = framework.tasks.erase(it);
    }
  }
}

void ScriptedMaster::start_agent(std::size_t number, Instant now) {
  State& state = *state_;
  Agent& agent = state.agents[number];
  if (agent.process) return;
  agent.process = true;
  for (auto it = agent.tasks.begin(); it != agent.tasks.end();) {
    const auto& [key, task] = *it;
    const json& info = state.told_to_agents[key.first];
    if (info.is_object() && !info.value("checkpoint", false)) {
      state.orders.push_back(
          {Order::Kind::destroy, number, key.first, key.second, {}, {}, {}, {}, false});
      it = agent.tasks.erase(it);
      continue;
    }
    if (it->second.died) {
      it->second.died = false;
      TaskStatus status;
      status.state = "TASK_FAILED";
      status.source = "SOURCE_AGENT";
      status.reason = "REASON_EXECUTOR_TERMINATED";
      status.message = "Executor terminated";
      state.executor_says(number, key, status, now);
    }
    ++it;
  }
  state.hear_words(number, now);
  state.registers(number, now);
}

void ScriptedMaster::freeze_agent(std::size_t number, Instant now) {
  Agent& agent = state_->agents[number];
  if (!agent.process || agent.frozen) return;
  agent.frozen = true;
  if (agent.view == View::registered) agent.silent_since = now;
}

void ScriptedMaster::thaw_agent(std::size_t number, Instant now) {
  State& state = *state_;
  Agent& agent = state.agents[number];
  if (!agent.frozen) return;
  agent.frozen = false;
  auto mail = std::move(agent.mail);
  agent.mail.clear();
  for (const auto& message : mail) message(now);
  state.hear_words(number, now);
  if (agent.view == View::registered) {
    agent.silent_since.reset();
    state.flush(number, nullptr, now);
  } else if (agent.view == View::unreachable) {
    state.registers(number, now);
  }
}

void ScriptedMaster::unregister_agent(std::size_t number, Instant now) {
  state_->gone(number, View::removed, "TASK_LOST", "REASON_AGENT_REMOVED",
               "Agent " + state_->agents[number].spec.hostname + " removed: the agent unregistered",
               now);
}

void ScriptedMaster::mark_gone(std::size_t number, Instant now) {
  state_->gone(number, View::gone, "TASK_GONE_BY_OPERATOR", "REASON_AGENT_REMOVED_BY_OPERATOR",
               "Agent has been marked gone", now);
}

void ScriptedMaster::drain_agent(std::size_t number, Instant now) {
  State& state = *state_;
  Agent& agent = state.agents[number];
  agent.draining = true;
  state.rescind_of(number);
  std::vector<TaskKey> all;
  for (const auto& [key, task] : agent.tasks) all.push_back(key);
  for (const TaskKey& key : all) state.kill_task(number, key.first, key.second, {}, now);
}

void ScriptedMaster::plan_maintenance(std::size_t number, Instant from, Duration length,
                                      Instant now) {
  State& state = *state_;
  state.agents[number].maintenance = std::pair{from, length};
  state.rescind_of(number);
  state.invert(number, now);
}

void ScriptedMaster::start_maintenance(std::size_t number, Instant now) {
  state_->gone(number, View::removed, "TASK_LOST", "REASON_AGENT_REMOVED",
               "Agent " + state_->agents[number].spec.hostname +
                   " removed: Operator initiated 'Machine DOWN'",
               now);
}

void ScriptedMaster::rescind(const std::string& offer, Instant) {
  state_->rescind(offer);
}

void ScriptedMaster::rescind_all(Instant now) {
  for (const OfferView& offer : offers()) rescind(offer.id, now);
}

void ScriptedMaster::fail_over(const std::string& new_id, bool registry_kept, Duration detection,
                               Instant now) {
  State& state = *state_;
  state.streams.clear();
  state.frameworks.clear();
  state.removed.clear();
  state.offers.clear();
  state.inverse_offers.clear();
  state.inverse_quiet.clear();
  state.id = new_id;
  state.next_offer = state.next_framework = 0;
  state.next_cycle = now + state.options.allocation_interval;
  for (Agent& agent : state.agents) {
    agent.kills.clear();
    agent.free = agent.total;
    agent.draining = false;
    agent.maintenance.reset();
    agent.silent_since.reset();
    if (registry_kept) {
      if (agent.view == View::gone || agent.view == View::removed) continue;
      if (agent.view != View::unreachable) {
        agent.view = View::recovering;
        agent.silent_since = now;
      }
    } else {
      agent.view = View::unknown;
    }
    if (agent.process) {
      const auto wait = static_cast<std::uint64_t>(detection.count()) + 1;
      agent.registers_at = now + Duration(static_cast<std::int64_t>(state.random.below(wait)));
    }
  }
}

void ScriptedMaster::find_master(std::size_t number, Instant now) {
  if (state_->agents[number].heard()) state_->registers(number, now);
}

void ScriptedMaster::lead(bool leads) {
  state_->leads = leads;
}

void ScriptedMaster::redirect_to(const std::string& leader) {
  state_->leader = leader;
}

void ScriptedMaster::recovering(bool recovering) {
  state_->recovers = recovering;
}

std::string ScriptedMaster::slaves_json() const {
  json list = json::array();
  for (const Agent& agent : state_->agents) {
    if (agent.view != View::registered && agent.view != View::disconnected) continue;
    list.push_back({{"id", agent.id},
                    {"hostname", agent.spec.hostname},
                    {"port", agent.spec.port},
                    {"active", agent.view == View::registered},
                    {"pid", "slave(1)@127.0.0.1:" + std::to_string(agent.spec.port)}});
  }
  return json{{"slaves", std::move(list)}}.dump();
}

std::string ScriptedMaster::state_json() const {
  json list = json::array();
  for (const auto& [name, framework] : state_->frameworks) {
    json tasks = json::array();
    for (const auto& [task, what] : framework.tasks) {
      tasks.push_back(
          {{"id", task}, {"state", what.latest}, {"slave_id", state_->agents[what.agent].id}});
    }
    list.push_back({{"id", name},
                    {"name", framework.info.value("name", "")},
                    {"active", !framework.stream.empty()},
                    {"tasks", std::move(tasks)}});
  }
  return json{{"id", state_->id}, {"version", "1.12.0"}, {"frameworks", std::move(list)}}.dump();
}

}  // namespace retz::testing::mesos
