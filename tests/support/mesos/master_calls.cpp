// The short calls, and what is told of tasks without an agent having said so.
#include <algorithm>
#include <stdexcept>

#include "support/mesos/model.hpp"
#include "support/mesos/schema.hpp"

namespace retz::testing::mesos {

bool is_terminal(const std::string& state) {
  static const std::set<std::string> all = {
      "TASK_FINISHED", "TASK_FAILED",  "TASK_KILLED", "TASK_ERROR",
      "TASK_LOST",     "TASK_DROPPED", "TASK_GONE",   "TASK_GONE_BY_OPERATOR"};
  return all.count(state) != 0;
}

json fields_of(const TaskStatus& status, const std::string& task, const std::string& agent,
               const std::string& container, Instant now) {
  json out = {{"task_id", {{"value", task}}},
              {"state", status.state},
              {"source", status.source},
              {"agent_id", {{"value", agent}}},
              {"timestamp", static_cast<double>(micros(now)) / 1e6}};
  if (!status.reason.empty()) out["reason"] = status.reason;
  if (!status.message.empty()) out["message"] = status.message;
  if (status.healthy) out["healthy"] = *status.healthy;
  out["executor_id"]["value"] = task;
  if (status.source == "SOURCE_EXECUTOR") {
    out["container_status"]["container_id"]["value"] = container;
  }
  return out;
}

std::string ScriptedMaster::State::uuid_bytes() {
  std::string bytes;
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t bits = random.next();
    for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(bits >> 8U * i & 255U);
  }
  return bytes;
}

std::string ScriptedMaster::State::uuid_text() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : uuid_bytes()) {
    if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) {
      text += '-';
    }
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

std::string ScriptedMaster::State::next_offer_id() {
  return id + "-O" + std::to_string(next_offer++);
}

void ScriptedMaster::State::say(Framework& framework, json event) {
  const auto found = streams.find(framework.stream);
  if (framework.stream.empty() || found == streams.end()) return;  // dropped, not kept
  found->second.records.push_back(event.dump());
}

void ScriptedMaster::State::say_state(Framework& framework, const Word& word, Instant now) {
  static const std::set<std::string> new_words = {"TASK_DROPPED", "TASK_UNREACHABLE", "TASK_GONE",
                                                  "TASK_GONE_BY_OPERATOR", "TASK_UNKNOWN"};
  const bool old = !framework.can("PARTITION_AWARE") && new_words.count(word.state) != 0;
  json status = {{"task_id", {{"value", word.task}}},
                 {"state", old ? std::string("TASK_LOST") : word.state},
                 {"source", "SOURCE_MASTER"},
                 {"reason", word.reason},
                 {"timestamp", static_cast<double>(micros(now)) / 1e6}};
  if (!word.message.empty()) status["message"] = word.message;
  if (!word.agent_id.empty()) status["agent_id"]["value"] = word.agent_id;
  if (word.unreachable_since) {
    status["unreachable_time"]["nanoseconds"] = micros(*word.unreachable_since) * 1000;
  }
  say(framework, {{"type", "UPDATE"}, {"update", {{"status", std::move(status)}}}});
}

Answer ScriptedMaster::State::call(Framework& framework, const json& call, Instant now) {
  const std::string type = call["type"];
  if (type == "UPDATE_FRAMEWORK") return update_framework(framework, call, now);
  if (type == "UNKNOWN") throw std::logic_error("this call makes a real master abort");
  if (type == "ACCEPT") {
    accept(framework, call["accept"], now);
  } else if (type == "DECLINE") {
    decline(framework, call["decline"], now);
  } else if (type == "REVIVE" || type == "SUPPRESS") {
    const bool revive = type == "REVIVE";
    roles_call(framework, call.value(revive ? "revive" : "suppress", json::object()), revive, now);
  } else if (type == "KILL") {
    kill(framework, call["kill"], now);
  } else if (type == "ACKNOWLEDGE") {
    acknowledge(framework, call["acknowledge"], now);
  } else if (type == "RECONCILE") {
    reconcile(framework, call["reconcile"], now);
  } else if (type == "TEARDOWN") {
    remove_framework(framework.id, now);
  } else if (type == "ACCEPT_INVERSE_OFFERS" || type == "DECLINE_INVERSE_OFFERS") {
    const bool yes = type == "ACCEPT_INVERSE_OFFERS";
    const json& body = call[yes ? "accept_inverse_offers" : "decline_inverse_offers"];
    for (const json& one : body.value("inverse_offer_ids", json::array())) {
      const auto found = inverse_offers.find(one["value"].get<std::string>());
      if (found == inverse_offers.end()) continue;
      inverse_quiet[found->second] = now + std::chrono::seconds(5);
      inverse_offers.erase(found);
    }
  } else if (type != "MESSAGE" && type != "REQUEST") {
    throw std::logic_error("the model of the master knows no call " + type);
  }
  return {};
}

void ScriptedMaster::State::kill(Framework& framework, const json& kill, Instant now) {
  const std::string task = kill["task_id"]["value"];
  std::optional<std::string> named;
  if (kill.contains("agent_id")) named = kill["agent_id"]["value"].get<std::string>();
  std::optional<Duration> grace;
  if (kill.contains("kill_policy")) {
    grace =
        Duration(kill["kill_policy"]["grace_period"].value("nanoseconds", std::int64_t{0}) / 1000);
  }
  const auto found = framework.tasks.find(task);
  if (found == framework.tasks.end()) {
    reconcile_one(framework, task, named, now);
    return;
  }
  const std::size_t agent = found->second.agent;
  if (named && *named != agents[agent].id) return;
  if (agents[agent].view != Agent::View::registered) {
    agents[agent].kills[{framework.id, task}] = grace;
    return;
  }
  kill_task(agent, framework.id, task, grace, now);
}

void ScriptedMaster::State::acknowledge(Framework& framework, const json& acknowledge,
                                        Instant now) {
  const auto number = agent_numbers.find(acknowledge["agent_id"]["value"].get<std::string>());
  if (number == agent_numbers.end()) return;
  const std::size_t agent = number->second;
  if (agents[agent].view != Agent::View::registered) return;  // dropped: the agent repeats it
  const std::string task = acknowledge["task_id"]["value"];
  const std::string uuid = acknowledge["uuid"];
  const auto found = framework.tasks.find(task);
  if (found != framework.tasks.end() && found->second.agent == agent &&
      found->second.uuid == uuid && is_terminal(found->second.told)) {
    release(found->second);
    framework.tasks.erase(found);
  }
  const TaskKey key{framework.id, task};
  send(
      agent, [this, agent, key, uuid](Instant then) { acknowledged(agent, key, uuid, then); }, now);
}

void ScriptedMaster::State::reconcile(Framework& framework, const json& reconcile, Instant now) {
  const json asked = reconcile.value("tasks", json::array());
  for (const json& one : asked) {
    std::optional<std::string> agent;
    if (one.contains("agent_id")) agent = one["agent_id"]["value"].get<std::string>();
    reconcile_one(framework, one["task_id"]["value"], agent, now);
  }
  if (!asked.empty()) return;
  for (const auto& [task, what] : framework.tasks) {
    say_state(framework,
              {task, what.told, "REASON_RECONCILIATION", "Reconciliation: Latest task state",
               agents[what.agent].id},
              now);
  }
}

void ScriptedMaster::State::reconcile_one(Framework& framework, const std::string& task,
                                          const std::optional<std::string>& agent, Instant now) {
  const std::string reason = "REASON_RECONCILIATION";
  if (const auto found = framework.tasks.find(task); found != framework.tasks.end()) {
    say_state(framework,
              {task, found->second.told, reason, "Reconciliation: Latest task state",
               agents[found->second.agent].id},
              now);
    return;
  }
  const std::string nothing = "Reconciliation: Task is unknown";
  if (!agent) {
    if (std::any_of(agents.begin(), agents.end(),
                    [](const Agent& a) { return a.view == Agent::View::recovering; })) {
      return;
    }
    say_state(framework, {task, "TASK_UNKNOWN", reason, nothing, ""}, now);
    return;
  }
  const auto number = agent_numbers.find(*agent);
  if (number == agent_numbers.end()) {
    say_state(framework, {task, "TASK_UNKNOWN", reason, nothing, *agent}, now);
    return;
  }
  const Agent& known = agents[number->second];
  switch (known.view) {
    case Agent::View::recovering:
      return;
    case Agent::View::registered:
    case Agent::View::disconnected:
      say_state(framework, {task, "TASK_GONE", reason, nothing + " to the agent", *agent}, now);
      return;
    case Agent::View::unreachable:
      say_state(framework,
                {task, "TASK_UNREACHABLE", reason, "Reconciliation: Task is unreachable", *agent,
                 known.unreachable_since},
                now);
      return;
    case Agent::View::gone:
      say_state(framework,
                {task, "TASK_GONE_BY_OPERATOR", reason, "Reconciliation: Task is gone", *agent},
                now);
      return;
    case Agent::View::unknown:
    case Agent::View::removed:
      say_state(framework, {task, "TASK_UNKNOWN", reason, nothing, *agent}, now);
  }
}

}  // namespace retz::testing::mesos
