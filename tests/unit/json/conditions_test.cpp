// Constraints, dependencies, arrays, policies and plans for nodes, as users write them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "json/stored.hpp"
#include "retz/json.hpp"

using namespace retz;
using Tree = nlohmann::json;

namespace {

Result<JobSpec> read(const std::string& fields) {
  return job_spec_from_json(R"({"application": "a", "command": "c", )" + fields + "}");
}

Error refused(const std::string& fields) {
  const Result<JobSpec> spec = read(fields);
  REQUIRE_MESSAGE(!spec, fields);
  return spec.error();
}

}  // namespace

TEST_CASE("constraints are objects or short texts") {
  const auto spec = read(R"("constraints": ["rack~r*", "zone!=z1", "rack=r1",
    {"attribute": "disk", "in": ["ssd", "nvme", "ssd"]}, {"attribute": "a", "equals": "x=y"}])");
  REQUIRE(spec);
  using Kind = Constraint::Kind;
  const std::vector<Constraint> expected{{"a", Kind::equals, {"x=y"}},
                                         {"disk", Kind::in, {"nvme", "ssd"}},
                                         {"rack", Kind::equals, {"r1"}},
                                         {"rack", Kind::matches, {"r*"}},
                                         {"zone", Kind::not_equals, {"z1"}}};
  CHECK(spec->request.constraints == expected);
}

TEST_CASE("a wrong constraint is refused with its place and the fix") {
  CHECK(refused(R"("constraints": "rack=r1")").field == "constraints");
  CHECK(refused(R"("constraints": ["rack"])").field == "constraints[0]");
  CHECK(refused(R"("constraints": ["rack"])").message.find("rack=r1") != std::string::npos);
  CHECK(refused(R"("constraints": [{"equals": "x"}])").field == "constraints[0].attribute");
  CHECK(refused(R"("constraints": [{"attribute": "a"}])").field == "constraints[0]");
  CHECK(refused(R"("constraints": [{"attribute": "a", "equals": "x", "matches": "y"}])").field ==
        "constraints[0]");
  CHECK(refused(R"("constraints": [{"attribute": "a", "in": []}])").field == "constraints[0].in");
  CHECK(refused(R"("constraints": [{"attribute": "a", "equal": "x"}])").message.find("equals") !=
        std::string::npos);
}

TEST_CASE("preference and spread are read, and say what is missing") {
  const auto spec = read(R"("prefer": {"constraints": ["rack=r1"], "for": "10m"},
    "spread": {"attribute": "rack", "group": "web", "skew": 2},
    "resources": {"gpus": {"all": true, "models": ["H200"]}})");
  REQUIRE(spec);
  CHECK(spec->request.preference->patience == std::chrono::minutes(10));
  CHECK(spec->request.spread == Spread{"rack", "web", 2});
  CHECK(spec->request.gpus.all);
  CHECK(read(R"("resources": {"gpus": "all"})")->request.gpus.all);
  CHECK(refused(R"("prefer": {"for": 5})").field == "prefer.constraints");
  CHECK(refused(R"("spread": {"group": "g"})").field == "spread.attribute");
  CHECK(refused(R"("spread": {"attribute": "rack"})").field == "spread.group");
  CHECK(refused(R"("spread": {"attribute": "r", "group": "g", "skew": 0})").field == "spread.skew");
  CHECK(refused(R"("resources": {"gpus": {"all": true, "share": 0.5}})").field == "resources.gpus");
}

TEST_CASE("a job comes after others by id, and by place or name within its submission") {
  const auto spec = read(R"("after": [17, {"job": 9, "when": "end"}, {"position": 0},
    {"name": "prepare", "when": "failure"}])");
  REQUIRE(spec);
  const std::vector<Dependency> known{{JobId{9}, Dependency::When::end},
                                      {JobId{17}, Dependency::When::success}};
  CHECK(spec->dependencies == known);
  REQUIRE(spec->siblings.size() == 2);
  CHECK(spec->siblings[0] == SiblingDependency{0, {}, Dependency::When::success});
  CHECK(spec->siblings[1] == SiblingDependency{0, "prepare", Dependency::When::failure});
  const auto whole = read(R"("after": [{"array": 5, "when": "end"}, {"array": 5, "when": "end"}])");
  REQUIRE(whole);
  CHECK(whole->whole_arrays == std::vector<Dependency>{{JobId{5}, Dependency::When::end}});
  CHECK(refused(R"("after": [{"array": 5, "job": 5}])").field == "after[0]");
  CHECK(refused(R"("after": [{"when": "end"}])").field == "after[0]");
  CHECK(refused(R"("after": [1, {"job": 2, "name": "x"}])").field == "after[1]");
  CHECK(refused(R"("after": [{"job": 2, "when": "later"}])").field == "after[0].when");
  CHECK(refused(R"("after": [0])").field == "after[0]");
}

TEST_CASE("an array is a range with a limit, whose ids the server gives") {
  CHECK(read(R"("array": "1-100%10")")->array ==
        ArrayPlace{.from = 1, .to = 100, .running_max = 10});
  CHECK(read(R"("array": {"from": 0, "to": 9})")->array == ArrayPlace{.from = 0, .to = 9});
  CHECK(!read(R"("array": null)")->array);
  for (const char* wrong : {"\"1\"", "\"9-1\"", "\"1-2%0\"", "\"1-2%x\"", "\"-1-2\"",
                            "{\"from\": 2, \"to\": 1}", "{\"from\": 0, \"to\": 1000000}"}) {
    CAPTURE(wrong);
    CHECK(refused(std::string(R"("array": )") + wrong).field == "array");
  }
  CHECK(refused(R"("array": {"from": 1, "to": 2, "id": 5})").field == "array.id");
  JobSpec spec;
  spec.array = ArrayPlace{JobId{5}, 1, 3, 2, 1};
  CHECK(json::stored_job_spec(to_json(spec))->array == spec.array);
}

TEST_CASE("an explanation tells the estimate, who passed, and the best known start") {
  Explanation explanation;
  explanation.estimate = std::chrono::seconds(90);
  explanation.estimate_source = EstimateSource::learnt;
  explanation.passed_over = {3, true, JobId{8}, at_micros(0)};
  explanation.not_before = at_micros(1'000'000);
  Reason reason;
  reason.code = Reason::Code::user_cpus_limit;
  reason.asked = 2000;
  reason.most = 500;
  reason.remedy = "user limit 8 cpus";
  explanation.reasons = {reason};
  Tree tree = Tree::parse(to_json(explanation));
  CHECK(tree["estimate"] == 90);
  CHECK(tree["estimate_source"] == "learnt");
  CHECK(tree["passed_over"]["times"] == 3);
  CHECK(tree["passed_over"]["last"] == 8);
  CHECK(tree["reasons"][0]["remedy"] == "user limit 8 cpus");
  CHECK(tree["reasons"][0]["asked"] == 2);
  CHECK(tree["reasons"][0]["most"] == 0.5);
  CHECK(tree["start_estimate"]["source"] == "not_before");
  tree = Tree::parse(to_json(explanation, at_micros(2'000'000)));
  CHECK(tree["start_estimate"]["source"] == "forecast");
  explanation.reservation = Reservation{JobId{1}, "n1", at_micros(3'000'000)};
  tree = Tree::parse(to_json(explanation, at_micros(2'000'000)));
  CHECK(tree["start_estimate"]["source"] == "reservation");
  CHECK(tree["start_estimate"]["at"] == "1970-01-01T00:00:03.000000Z");
  CHECK(tree["reservation"]["node"] == "n1");
}

TEST_CASE("a policy is read over the one there is, and written so that it can be read again") {
  const auto first = policy_from_json(
      R"({"ordering": "priority", "planner": "strict", "starvation_bound": "2h",
          "fair_share": {"half_life": "1d", "weights": {"alice": 2.5}},
          "user_limits": {"running": 10, "cpus": 8.5}, "limits_of": {"bob": {"queued": 3}}})",
      {});
  REQUIRE(first);
  const auto next = policy_from_json(R"({"planner": null, "limits_of": {}})", *first);
  REQUIRE(next);
  CHECK(next->ordering->name() == "priority");
  CHECK(next->planner == nullptr);
  CHECK(next->starvation_bound == std::chrono::hours(2));
  CHECK(next->fair_share.weights.at("alice") == 2.5);
  CHECK(next->user_limits.running_cpus == 8500);
  CHECK(next->limits_of.empty());
  CHECK(to_json(*policy_from_json(to_json(*first), {})) == to_json(*first));
  CHECK(Tree::parse(to_json(*first))["limits_of"]["bob"]["queued"] == 3);
}

TEST_CASE("a wrong policy is refused by field") {
  const auto field = [](const std::string& text) {
    const auto policy = policy_from_json(text, {});
    REQUIRE_MESSAGE(!policy, text);
    return policy.error().field;
  };
  CHECK(field(R"({"ordering": "fastest"})") == "ordering");
  CHECK(field(R"({"starvation_bound": 0})") == "starvation_bound");
  CHECK(field(R"({"fair_share": {"half_life": 0}})") == "fair_share.half_life");
  CHECK(field(R"({"fair_share": {"weights": {"a": 0}}})") == "fair_share.weights.a");
  CHECK(field(R"({"limits_of": {"bob": {"runing": 1}}})") == "limits_of.bob.runing");
}

TEST_CASE("a plan for a node says draining, maintenance or both") {
  const auto plan = node_plan_from_json(
      R"({"maintenance": [{"from": "2026-01-01T00:00:00Z", "until": "2026-01-01T01:00:00Z"}]})");
  REQUIRE(plan);
  CHECK(!plan->draining);
  REQUIRE(plan->maintenance->size() == 1);
  CHECK(plan->maintenance->front().until - plan->maintenance->front().from ==
        std::chrono::hours(1));
  CHECK(node_plan_from_json(R"({"maintenance": [], "draining": true})")->maintenance->empty());
  CHECK(node_plan_from_json("{}").error().field == "draining");
  CHECK(
      node_plan_from_json(R"({"maintenance": [{"from": "2026-01-01T00:00:00Z"}]})").error().field ==
      "maintenance[0]");
  CHECK(node_plan_from_json(R"({"draining": 1})").error().field == "draining");
}
