// What the routes really answer against the schemas of the description: no key that is not
// described, none missing that is required, every value of the type that is told.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "api_host.hpp"
#include "server/routes.hpp"

using namespace retz;
using Json = nlohmann::json;
using retz::test::ApiHost;

namespace {

class Schemas {
 public:
  /// All that is wrong with `value`, a line each.
  std::string against(const Json& schema, const Json& value) {
    wrong_.clear();
    check(schema, value, "answer");
    return wrong_;
  }
  const Json document = Json::parse(server::openapi_text());

 private:
  const Json& resolved(const Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    return resolved(
        document.at(Json::json_pointer(schema.at("$ref").get<std::string>().substr(1))));
  }

  void say(const std::string& where, const std::string& what) {
    wrong_ += where + ": " + what + "\n";
  }

  bool fits(const std::string& type, const Json& value) const {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    return type == "integer" ? value.is_number_integer() : value.is_number();
  }

  /// The properties that a schema and all it is made of describe.
  void collect(const Json& given, Json& properties, std::set<std::string>& required,
               Json& others) const {
    const Json& schema = resolved(given);
    for (const Json& part : schema.value("allOf", Json::array())) {
      collect(part, properties, required, others);
    }
    properties.update(schema.value("properties", Json::object()));
    for (const Json& name : schema.value("required", Json::array())) required.insert(name);
    if (schema.contains("additionalProperties")) others = schema.at("additionalProperties");
  }

  void check_object(const Json& schema, const Json& value, const std::string& where) {
    Json properties = Json::object(), others;
    std::set<std::string> required;
    collect(schema, properties, required, others);
    for (const std::string& name : required) {
      if (!value.contains(name)) say(where, "has no " + name);
    }
    for (const auto& item : value.items()) {
      const std::string inner = where + "." + item.key();
      if (properties.contains(item.key())) {
        check(properties.at(item.key()), item.value(), inner);
      } else if (others.is_object()) {
        check(others, item.value(), inner);
      } else {
        say(inner, "is not described");
      }
    }
  }

  void check(const Json& given, const Json& value, const std::string& where) {
    const Json& schema = resolved(given);
    if (value.is_null()) {
      if (!schema.value("nullable", false)) say(where, "is null");
      return;
    }
    if (schema.contains("oneOf")) {
      for (const Json& choice : schema.at("oneOf")) {
        const Json& one = resolved(choice);
        if (fits(one.at("type"), value)) return check(one, value, where);
      }
      return say(where, "is none of what is described: " + value.dump());
    }
    if (schema.contains("type") && !fits(schema.at("type"), value)) {
      return say(where, "is no " + schema.at("type").get<std::string>() + ": " + value.dump());
    }
    const Json names = schema.value("enum", Json::array());
    if (!names.empty() && std::find(names.begin(), names.end(), value) == names.end()) {
      say(where, "is " + value.dump());
    }
    if (value.is_object()) check_object(schema, value, where);
    if (value.is_array() && schema.contains("items")) {
      for (const Json& item : value) check(schema.at("items"), item, where + "[]");
    }
  }

  std::string wrong_;
};

struct Asked {
  std::string method, pattern, target, body = {};
  int status = 200;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

/// A job with everything that can be written, which has run and failed.
void fill(ApiHost& host) {
  JobRecord job = host.add_job(1);
  auto spec = *job.spec;
  spec.environment = {{"A", "1"}};
  spec.request = {{1250, 32, 32, {{"licence", 2000}}}, 2, {0, 500, {"m"}}};
  spec.request.constraints = {{"rack", Constraint::Kind::equals, {"r1"}}};
  spec.request.preference = Preference{{{"disk", Constraint::Kind::in, {"a", "b"}}}, {}};
  spec.request.spread = Spread{"rack", "web", 1};
  spec.dependencies = {{JobId{1}, Dependency::When::end}};
  spec.array = ArrayPlace{JobId{2}, 1, 5, 1, 2};
  spec.estimate = std::chrono::seconds(3);
  spec.time_limit = std::chrono::seconds(4);
  spec.grace_period = std::chrono::milliseconds(500);
  job.id = JobId{2};
  job.spec = std::make_shared<const JobSpec>(spec);
  job.estimate = std::chrono::seconds(3);
  job.status.arrival = Arrival{2};
  host.commit({AddJob{job}});
  AttemptRecord attempt;
  attempt.ref = {JobId{2}, 1};
  attempt.state = AttemptState::ended;
  attempt.placement.node = "local";
  attempt.placement.ports = {31000, 31001};
  attempt.placement.gpus = {{0, 500}};
  attempt.placement.amounts = spec.request.amounts;
  attempt.running_since = attempt.ended = host.clock.wall();
  attempt.outcome = Outcome{OutcomeKind::exited, 3, 0, "exit code 3"};
  job.status.state = JobState::failed;
  job.status.attempts = 1;
  job.status.started = job.status.finished = host.clock.wall();
  job.status.outcome = attempt.outcome;
  Application app;
  app.name = "app";
  app.owner = "root";
  app.files = {{.uri = "file:///x"}};
  host.commit({PutAttempt{attempt}, UpdateJob{job.id, job.status}, PutApplication{app}});
  host.sandboxes.put(attempt.ref, "stdout", "hello");
}

/// A node with everything, and a runtime that explains everything.
void set_up(ApiHost& host) {
  NodeStatus node;
  node.name = "local";
  node.capacity.ports = {{31000, 31999}};
  node.capacity.gpus = {{"GPU-1", "m", 0}};
  node.capacity.attributes = {{"rack", "r1"}};
  node.maintenance = {{host.clock.wall(), host.clock.wall() + std::chrono::hours(1)}};
  host.status.nodes = {node};
  host.status.policy.starvation_bound = std::chrono::hours(1);
  host.status.policy.fair_share.weights = {{"alice", 2.5}};
  host.status.policy.limits_of["bob"].running = 3;
  host.status.stalled = Error{Errc::storage_full, "full", {}};
  host.on_command([](const Command& command) -> Result<Answer> {
    if (!std::holds_alternative<ExplainJob>(command)) return Answer{{JobId{1}}, false, {}};
    Explanation why;
    why.state = JobState::queued;
    Reason reason;
    reason.code = Reason::Code::reserved;
    reason.job = JobId{7};
    reason.node = reason.resource = "n1";
    reason.until = at_micros(1);
    why.reasons = {reason};
    why.passed_over = {2, true, JobId{9}, at_micros(1)};
    why.reservation = Reservation{JobId{1}, "n1", at_micros(1)};
    why.not_before = at_micros(1);
    return Answer{{}, false, why};
  });
}

}  // namespace

TEST_CASE("what is answered in JSON is what the description says") {
  ApiHost host;
  fill(host);
  set_up(host);
  const std::string spec = R"({"application":"app","command":"true"})";
  const std::vector<Asked> all = {
      {"POST", "/v1/jobs", "/v1/jobs", spec, 201},
      {"GET", "/v1/jobs", "/v1/jobs?limit=1"},
      {"GET", "/v1/jobs", "/v1/jobs"},
      {"DELETE", "/v1/jobs", "/v1/jobs?tag=batch", "", 202},
      {"GET", "/v1/jobs/{id}", "/v1/jobs/1"},
      {"GET", "/v1/jobs/{id}", "/v1/jobs/2"},
      {"DELETE", "/v1/jobs/{id}", "/v1/jobs/1", "", 202},
      {"POST", "/v1/jobs/{id}/rerun", "/v1/jobs/2/rerun", "{}", 202},
      {"GET", "/v1/jobs/{id}/explain", "/v1/jobs/1/explain"},
      {"GET", "/v1/jobs/{id}/files", "/v1/jobs/2/files"},
      {"GET", "/v1/applications", "/v1/applications"},
      {"GET", "/v1/applications/{name}", "/v1/applications/app"},
      {"PUT", "/v1/applications/{name}", "/v1/applications/app", R"({"files":["file:///x"]})"},
      {"DELETE", "/v1/applications/{name}", "/v1/applications/app"},
      {"GET", "/v1/nodes", "/v1/nodes"},
      {"PUT", "/v1/nodes/{name}", "/v1/nodes/local", R"({"draining":true})"},
      {"PUT", "/v1/nodes/{name}", "/v1/nodes/local", R"({"maintenance":[]})"},
      {"GET", "/v1/policy", "/v1/policy"},
      {"PUT", "/v1/policy", "/v1/policy", R"({"starvation_bound":null})"},
      {"GET", "/v1/status", "/v1/status"},
      {"GET", "/status", "/status"},
  };
  Schemas schemas;
  std::set<std::string> seen;
  for (const Asked& asked : all) {
    CAPTURE(asked.method);
    CAPTURE(asked.target);
    const auto response = host.call(asked.method, asked.target, asked.body, {}, "root");
    CHECK_MESSAGE(response.status == asked.status, response.body);
    const Json& operation = schemas.document.at("paths").at(asked.pattern).at(lower(asked.method));
    const Json& told = operation.at("responses").at(std::to_string(asked.status));
    const Json& schema = told.at("content").at("application/json").at("schema");
    CHECK(schemas.against(schema, Json::parse(response.body)) == "");
    seen.insert(asked.method + " " + asked.pattern);
  }
  const auto refused = host.call("GET", "/v1/jobs/77");
  CHECK(schemas.against({{"$ref", "#/components/schemas/Error"}}, Json::parse(refused.body)) == "");
  // Every route that answers JSON was asked.
  for (const server::Route& route : server::routes()) {
    const Json& told = schemas.document.at("paths").at(std::string(route.pattern));
    const Json& responses = told.at(lower(std::string(route.method))).at("responses");
    for (const auto& response : responses.items()) {
      const Json content = response.value().value("content", Json::object());
      if (!content.contains("application/json") || route.pattern == "/v1/openapi.json") continue;
      CHECK_MESSAGE(seen.contains(std::string(route.method) + " " + std::string(route.pattern)),
                    route.pattern);
    }
  }
}
