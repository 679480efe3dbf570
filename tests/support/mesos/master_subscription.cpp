// Who is subscribed: ids, fail-over, refusals, the end of a framework.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "support/mesos/model.hpp"

namespace retz::testing::mesos {
namespace {

std::set<std::string> words_of(const json& from, const char* field) {
  return from.value(field, std::set<std::string>{});
}

std::set<std::string> capabilities_of(const json& info) {
  std::set<std::string> all;
  for (const json& one : info.value("capabilities", json::array())) {
    all.insert(one.value("type", "UNKNOWN"));
  }
  return all;
}

std::set<std::string> roles_of(const json& info) {
  if (capabilities_of(info).count("MULTI_ROLE") != 0) return words_of(info, "roles");
  return {info.value("role", "*")};
}

std::string bad_roles(const json& info) {
  const bool multi = capabilities_of(info).count("MULTI_ROLE") != 0;
  if (multi && info.contains("role")) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  if (!multi && !info.value("roles", json::array()).empty()) {
    return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
  }
  std::vector<std::string> roles = info.value("roles", std::vector<std::string>{});
  std::sort(roles.begin(), roles.end());
  if (const auto twice = std::adjacent_find(roles.begin(), roles.end()); twice != roles.end()) {
    return "'FrameworkInfo.roles' contains duplicate items: { " + *twice + " }";
  }
  for (const std::string& role : roles) {
    const std::string part = role.substr(0, role.find('/'));
    if (part.find_first_of(" \t\n\x7f") != std::string::npos) {
      return "'FrameworkInfo.roles' contains invalid role: Role component '" + part +
             "' is invalid because it contains backspace or whitespace";
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> ScriptedMaster::State::refusal(const json& call,
                                                          const std::string& principal) const {
  const json& info = call["subscribe"]["framework_info"];
  if (std::string bad = bad_roles(info); !bad.empty()) return bad;
  const double seconds = info.value("failover_timeout", 0.0);
  if (seconds < 0 || seconds > 9.2e9) {
    char text[80];
    std::snprintf(text, sizeof text, "The framework failover_timeout (%g) is invalid", seconds);
    return text;
  }
  const std::set<std::string> roles = roles_of(info);
  for (const std::string& role : words_of(call["subscribe"], "suppressed_roles")) {
    if (roles.count(role) == 0) {
      return "Suppressed roles { " + role + " } are not contained in the set of roles";
    }
  }
  const std::string framework = call.value("framework_id", json::object()).value("value", "");
  if (removed.count(framework) != 0) return "Framework has been removed";
  if (const auto known = frameworks.find(framework); known != frameworks.end()) {
    const std::string named = info.value("principal", principal);
    if (named != known->second.principal) return "Changing framework's principal is not allowed.";
  }
  return std::nullopt;
}

Answer ScriptedMaster::State::subscribe(const json& call, const std::string& principal,
                                        Instant now) {
  Answer answer;
  answer.status = 200;
  answer.stream = uuid_text();
  answer.headers = {{"Mesos-Stream-Id", answer.stream}, {"Content-Type", "application/json"}};
  Stream& stream = streams[answer.stream];
  if (const auto refused = refusal(call, principal)) {
    stream.records.push_back(json{{"type", "ERROR"}, {"error", {{"message", *refused}}}}.dump());
    stream.ended = true;
    return answer;
  }
  std::string framework_id = call.value("framework_id", json::object()).value("value", "");
  if (framework_id.empty()) {
    char number[24];
    std::snprintf(number, sizeof number, "-%04llu",
                  static_cast<unsigned long long>(next_framework++));
    framework_id = id + number;
  }
  Framework& framework = frameworks[framework_id];
  if (framework.id.empty()) {
    framework.id = framework_id;
    framework.principal = call["subscribe"]["framework_info"].value("principal", principal);
  }
  if (!framework.stream.empty()) {
    say(framework, {{"type", "ERROR"}, {"error", {{"message", "Framework failed over"}}}});
    end_stream(framework);
    std::vector<std::string> held;
    for (const auto& [offer, what] : offers) {
      if (what.framework == framework_id) held.push_back(offer);
    }
    for (const std::string& offer : held) give_back(offer);
  }
  framework.stream = answer.stream;
  stream.framework = framework_id;
  take_in(framework, call["subscribe"], now);
  return answer;
}

void ScriptedMaster::State::take_in(Framework& framework, const json& subscribe, Instant now) {
  json info = subscribe["framework_info"];
  if (!framework.info.is_null()) {  // kept, whatever is said now
    info["user"] = framework.info["user"];
    info["checkpoint"] = framework.info.value("checkpoint", false);
  }
  framework.info = std::move(info);
  framework.capabilities = capabilities_of(framework.info);
  framework.roles = roles_of(framework.info);
  framework.suppressed = words_of(subscribe, "suppressed_roles");
  framework.gone_at.reset();
  framework.heartbeat_at = now + options.heartbeat_interval;
  told_to_agents[framework.id] = framework.info;
  const std::string address = options.hostname;
  const double seconds = static_cast<double>(options.heartbeat_interval.count()) /
                         Duration(std::chrono::seconds(1)).count();
  json master = {{"id", id},
                 {"ip", 16777343},
                 {"port", options.port},
                 {"pid", "master@127.0.0.1:" + std::to_string(options.port)},
                 {"hostname", address},
                 {"version", "1.12.0"},
                 {"address", {{"hostname", address}, {"ip", "127.0.0.1"}, {"port", options.port}}},
                 {"capabilities", json::array({{{"type", "AGENT_UPDATE"}},
                                               {{"type", "AGENT_DRAINING"}},
                                               {{"type", "QUOTA_V2"}}})}};
  say(framework, {{"type", "SUBSCRIBED"},
                  {"subscribed",
                   {{"framework_id", {{"value", framework.id}}},
                    {"heartbeat_interval_seconds", seconds},
                    {"master_info", std::move(master)}}}});
  say(framework, {{"type", "HEARTBEAT"}});
  for (std::size_t agent = 0; agent < agents.size(); ++agent) flush(agent, &framework.id, now);
  allocate(std::nullopt, &framework.id, now);
}

void ScriptedMaster::State::end_stream(Framework& framework) {
  if (const auto found = streams.find(framework.stream); found != streams.end()) {
    found->second.ended = true;
    found->second.framework.clear();
  }
  framework.stream.clear();
}

void ScriptedMaster::State::disconnected(Framework& framework, Instant now) {
  framework.stream.clear();
  framework.filters.clear();
  std::vector<std::string> held;
  for (const auto& [offer, what] : offers) {
    if (what.framework == framework.id) held.push_back(offer);
  }
  for (const std::string& offer : held) give_back(offer);
  const double seconds = framework.info.value("failover_timeout", 0.0);
  const Duration wait(static_cast<std::int64_t>(seconds * 1e6));
  framework.gone_at = now + wait;
  if (wait == Duration{0}) remove_framework(framework.id, now);
}

void ScriptedMaster::State::remove_framework(const std::string& framework, Instant now) {
  const std::string name = framework;
  Framework& gone = frameworks.at(name);
  std::vector<std::string> held;
  for (const auto& [offer, what] : offers) {
    if (what.framework == name) held.push_back(offer);
  }
  for (const std::string& offer : held) give_back(offer);
  for (auto& [task, what] : gone.tasks) release(what);
  for (std::size_t i = 0; i < agents.size(); ++i) {
    send(
        i,
        [this, i, name](Instant) {
          auto& tasks = agents[i].tasks;
          for (auto it = tasks.lower_bound({name, ""});
               it != tasks.end() && it->first.first == name;) {
            orders.push_back(
                {Order::Kind::destroy, i, name, it->first.second, {}, {}, {}, {}, false});
            it = tasks.erase(it);
          }
        },
        now);
  }
  end_stream(gone);
  frameworks.erase(name);
  removed.insert(name);
}

Answer ScriptedMaster::State::update_framework(Framework& framework, const json& call,
                                               Instant now) {
  const json& info = call["update_framework"]["framework_info"];
  const std::string was = framework.info["user"];
  if (info["user"] != was) {
    return {400,
            "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; "
            "attempted to update from '" +
                was + "' to '" + info["user"].get<std::string>() + "'",
            {},
            {}};
  }
  framework.info = info;
  framework.capabilities = capabilities_of(info);
  framework.roles = roles_of(info);
  framework.suppressed = words_of(call["update_framework"], "suppressed_roles");
  std::vector<std::string> void_now;
  for (const auto& [offer, what] : offers) {
    if (what.framework == framework.id && framework.roles.count(what.role) == 0) {
      void_now.push_back(offer);
    }
  }
  for (const std::string& offer : void_now) rescind(offer);
  (void)now;
  return {200, "", {}, {}};
}

}  // namespace retz::testing::mesos
