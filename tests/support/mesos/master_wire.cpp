// The order of the checks that a request passes, and the words of each refusal.
#include <algorithm>

#include "support/mesos/model.hpp"
#include "support/mesos/schema.hpp"

namespace retz::testing::mesos {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) ==
                  std::tolower(static_cast<unsigned char>(y));
         });
}

const std::string* header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return &value;
  }
  return nullptr;
}

Answer refuse(int status, std::string body, Headers headers = {}) {
  headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  return {status, std::move(body), std::move(headers), {}};
}

Answer bad_call(const std::string& why) {
  return refuse(400, "Failed to validate scheduler::Call: " + why);
}

/// The principal; absent: refused.
std::optional<std::string> principal_of(const MasterOptions& options, const Headers& headers) {
  if (options.credentials.empty()) return "";
  const std::string* given = header(headers, "Authorization");
  if (given == nullptr || !given->starts_with("Basic ")) return std::nullopt;
  std::string pair;
  if (bytes_of(given->substr(6), pair)) return std::nullopt;
  const auto colon = pair.find(':');
  if (colon == std::string::npos || pair.find(':', colon + 1) != std::string::npos) {
    return std::nullopt;
  }
  const auto found = options.credentials.find(pair.substr(0, colon));
  if (found == options.credentials.end() || found->second != pair.substr(colon + 1)) {
    return std::nullopt;
  }
  return found->first;
}

std::string body_field(const std::string& type) {
  std::string name = type;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// As validation::scheduler::call::validate of the master.
std::optional<std::string> invalid(const json& call, const std::string& principal) {
  if (!call.contains("type")) return "Expecting 'type' to be present";
  const std::string type = call["type"];
  const std::string field = body_field(type);
  if (type == "SUBSCRIBE") {
    if (!call.contains("subscribe")) return "Expecting 'subscribe' to be present";
    const json& info = call["subscribe"]["framework_info"];
    const std::string mine = info.value("id", json::object()).value("value", "");
    if (mine != call.value("framework_id", json::object()).value("value", "")) {
      return "'framework_id' differs from 'subscribe.framework_info.id'";
    }
    if (const std::string named = info.value("principal", "");
        !principal.empty() && !named.empty() && named != principal) {
      return "Authenticated principal '" + principal + "' does not match principal '" + named +
             "' set in `FrameworkInfo`";
    }
    return std::nullopt;
  }
  if (!call.contains("framework_id")) return "Expecting 'framework_id' to be present";
  const bool bare = type == "TEARDOWN" || type == "REVIVE" || type == "SUPPRESS";
  if (!bare && !call.contains(field)) return "Expecting '" + field + "' to be present";
  if (type == "ACKNOWLEDGE") {
    std::string bytes;
    bytes_of(call["acknowledge"]["uuid"], bytes);
    if (bytes.size() != 16) return "Not a valid UUID";
  }
  return std::nullopt;
}

bool accepts_json(const Headers& headers) {
  const std::string* accept = header(headers, "Accept");
  if (accept == nullptr) return true;
  return accept->find("*/*") != std::string::npos ||
         accept->find("application/json") != std::string::npos ||
         accept->find("application/*") != std::string::npos;
}

constexpr const char* here = "/master/api/v1/scheduler";

Answer elsewhere(const std::string& leader, const std::string& path) {
  if (leader.empty()) return refuse(503, "No leader elected");
  return {307, "", {{"Location", "//" + leader + path}}, {}};
}

/// Of a call that is well formed, from a framework that has to be subscribed.
std::optional<Answer> not_subscribed(const ScriptedMaster::State& state, const json& call,
                                     const std::string& principal, const Headers& headers) {
  const std::string framework_id = call["framework_id"].value("value", "");
  const auto found = state.frameworks.find(framework_id);
  if (found == state.frameworks.end()) return refuse(400, "Framework cannot be found");
  const Framework& framework = found->second;
  if (!principal.empty() && principal != framework.principal) {
    return refuse(400, "Authenticated principal '" + principal + "' does not match principal '" +
                           framework.principal + "' set in `FrameworkInfo`");
  }
  if (framework.stream.empty()) return refuse(403, "Framework is not subscribed");
  const std::string* stream = header(headers, "Mesos-Stream-Id");
  if (stream == nullptr) {
    return refuse(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
  }
  if (*stream != framework.stream) {
    return refuse(400, "The stream ID '" + *stream +
                           "' included in this request didn't match the stream ID currently "
                           "associated with framework ID " +
                           framework_id);
  }
  return std::nullopt;
}

Answer scheduler(ScriptedMaster::State& state, const std::string& principal, const Headers& headers,
                 std::string_view body, Instant now) {
  const std::string* type = header(headers, "Content-Type");
  if (type == nullptr) return refuse(400, "Expecting 'Content-Type' to be present");
  if (*type != "application/json") {
    return refuse(415, "Expecting 'Content-Type' of application/json or application/x-protobuf");
  }
  json call = json::parse(body, nullptr, false);
  if (call.is_discarded()) {
    return refuse(400, "Failed to parse body into JSON: syntax error at line 1 near: ");
  }
  if (const auto bad = fit_call(call, state.unknown)) {
    return refuse(400, "Failed to convert JSON into Call protobuf: " + *bad);
  }
  if (const auto bad = invalid(call, principal)) return bad_call(*bad);
  if (call["type"] == "SUBSCRIBE") {
    if (!accepts_json(headers)) {
      return refuse(406,
                    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
    }
    if (header(headers, "Mesos-Stream-Id") != nullptr) {
      return refuse(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
    }
    return state.subscribe(call, principal, now);
  }
  if (auto refused = not_subscribed(state, call, principal, headers)) return *refused;
  return state.call(state.frameworks.at(call["framework_id"]["value"]), call, now);
}

}  // namespace

Answer ScriptedMaster::request(std::string_view method, std::string_view path,
                               const Headers& headers, std::string_view body, Instant now) {
  State& state = *state_;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/health") return {200, "", {}, {}};
  if (path.starts_with("/master/")) path.remove_prefix(7);
  const std::string leader = state.leads
                                 ? state.options.hostname + ':' + std::to_string(state.options.port)
                                 : state.leader;
  if (path == "/redirect") return elsewhere(leader, "");
  if (path == "/state" || path == "/slaves") {
    if (!state.leads) return elsewhere(leader, std::string(path));
    return {200,
            path == "/state" ? state_json() : slaves_json(),
            {{"Content-Type", "application/json"}},
            {}};
  }
  if (path != "/api/v1/scheduler") {
    if (!path.starts_with("/api/v1")) return refuse(404, "404 Not Found.");
    return refuse(400, "Failed to validate master::Call: Expecting 'type' to be present");
  }
  const auto principal = principal_of(state.options, headers);
  if (!principal) {
    return refuse(401, "401 Unauthorized.",
                  {{"WWW-Authenticate", "Basic realm=\"mesos-master-scheduler\""}});
  }
  if (!state.leads) return elsewhere(leader, here);
  if (state.recovers) return refuse(503, "Master has not finished recovery");
  if (method != "POST") {
    return refuse(405,
                  "405 Method Not Allowed. Expecting one of { 'POST' }, but received '" +
                      std::string(method) + "'.",
                  {{"Allow", "POST"}});
  }
  return scheduler(state, *principal, headers, body, now);
}

}  // namespace retz::testing::mesos
