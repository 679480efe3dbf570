// ACCEPT: offers are used once, each task is judged alone, what is left comes back.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "support/mesos/model.hpp"

namespace retz::testing::mesos {
namespace {

/// As validation::task::internal::validateTaskID.
std::optional<std::string> bad_id(const std::string& id) {
  if (id.empty()) return "ID must not be empty";
  if (id.size() > 255) return "ID must not be greater than 255 characters";
  if (id == "." || id == "..") return "'" + id + "' is disallowed";
  for (const char c : id) {
    if (static_cast<unsigned char>(c) < 32 || c == 127 || c == '/' || c == '\\') {
      return "'" + id + "' contains invalid characters";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ScriptedMaster::State::invalid_offers(
    const Framework& framework, const std::vector<std::string>& ids) const {
  if (ids.empty()) return "No offers specified";
  std::set<std::string> seen;
  const Offer* first = nullptr;
  for (const std::string& name : ids) {
    if (!seen.insert(name).second) return "Duplicate offer " + name + " in offer list";
  }
  for (const std::string& name : ids) {
    const auto found = offers.find(name);
    if (found == offers.end()) return "Offer " + name + " is no longer valid";
    const Offer& offer = found->second;
    if (offer.framework != framework.id) {
      return "Offer " + name + " has invalid framework " + offer.framework + " while framework " +
             framework.id + " is expected";
    }
    if (first == nullptr) first = &offer;
    if (offer.agent != first->agent) {
      return "Aggregated offers must belong to one single agent. Offer " + name + " uses agent " +
             agents[offer.agent].id + " and agent " + agents[first->agent].id;
    }
    if (offer.role != first->role) {
      return "Aggregated offers must be allocated to the same role. Offer " + name +
             " uses role '" + offer.role + "' but another is using role '" + first->role + "'";
    }
  }
  return std::nullopt;
}

void ScriptedMaster::State::accept(Framework& framework, const json& accept, Instant now) {
  std::vector<std::string> ids;
  for (const json& one : accept.value("offer_ids", json::array())) ids.push_back(one["value"]);
  const json filters = accept.value("filters", json::object());
  const json operations = accept.value("operations", json::array());
  const auto bad = invalid_offers(framework, ids);
  if (bad) {
    for (const std::string& name : ids) {
      const auto found = offers.find(name);
      if (found != offers.end() && found->second.framework == framework.id) give_back(name);
    }
    for (const json& operation : operations) {
      const json launch = operation.value("launch", json::object());
      for (const json& info : launch.value("task_infos", json::array())) {
        say_state(framework,
                  {info["task_id"]["value"], "TASK_DROPPED", "REASON_INVALID_OFFERS",
                   "Task launched with invalid offers: " + *bad, info["agent_id"]["value"]},
                  now);
      }
    }
    return;
  }
  Resources left;
  const Offer offer = offers.at(ids.front());
  for (const std::string& name : ids) {
    add(left, offers.at(name).resources);
    offers.erase(name);
  }
  for (const json& operation : operations) {
    if (operation.value("type", "") != "LAUNCH" || !operation.contains("launch")) {
      throw std::logic_error("the model of the master knows no operation but LAUNCH: " +
                             operation.dump());
    }
    const json& infos = operation["launch"].value("task_infos", json::array());
    std::optional<std::string> broken;
    for (const json& info : infos) {
      for (const json& one : info.value("resources", json::array())) {
        if (!broken) broken = malformed(one, offer.role);
      }
    }
    for (const json& info : infos) {
      if (broken) {
        say_state(framework,
                  {info["task_id"]["value"], "TASK_ERROR", "REASON_TASK_INVALID", *broken,
                   info["agent_id"]["value"]},
                  now);
      } else {
        launch(framework, info, offer.agent, left, offer.role, now);
      }
    }
  }
  add(agents[offer.agent].free, allocated(left, ""));
  filter(framework, offer, left, filters, now);
}

std::optional<std::string> ScriptedMaster::State::invalid(const Framework& framework,
                                                          const json& info, std::size_t agent,
                                                          const Resources& left,
                                                          const std::string& role) const {
  const std::string task = info["task_id"]["value"];
  if (const auto bad = bad_id(task)) return bad;
  if (framework.tasks.count(task) != 0 || framework.unreachable.count(task) != 0) {
    return "Task has duplicate ID: " + task;
  }
  const std::string named = info["agent_id"]["value"];
  if (named != agents[agent].id) {
    return "Task uses invalid agent " + named + " while agent " + agents[agent].id + " is expected";
  }
  if (info.contains("command") == info.contains("executor")) {
    return "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present";
  }
  const json listed = info.value("resources", json::array());
  if (listed.empty()) return "Task uses no resources";
  const Resources wanted = resources_of(listed, role);
  if (scalar(wanted, "gpus") % 1000 != 0) {
    return "Task uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be an "
           "unsigned integer";
  }
  if (!contains(left, wanted)) {
    return "Total resources " + text_of(wanted) +
           " required by task and its executor is more than available " + text_of(left);
  }
  return std::nullopt;
}

void ScriptedMaster::State::launch(Framework& framework, const json& info, std::size_t agent,
                                   Resources& left, const std::string& role, Instant now) {
  const std::string task = info["task_id"]["value"];
  if (const auto bad = invalid(framework, info, agent, left, role)) {
    say_state(framework,
              {task, "TASK_ERROR", "REASON_TASK_INVALID", *bad, info["agent_id"]["value"]}, now);
    return;
  }
  MasterTask made;
  made.agent = agent;
  made.resources = resources_of(info["resources"], role);
  subtract(left, made.resources);
  framework.tasks[task] = std::move(made);
  ++task_ids[task];
  run_task(agent, framework.id, info, now);
}

}  // namespace retz::testing::mesos
