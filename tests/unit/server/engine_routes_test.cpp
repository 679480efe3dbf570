// Arrays, the policy and plans for nodes over HTTP.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/server/api_host.hpp"

using namespace retz;
using namespace retz::test;
using Json = nlohmann::json;

namespace {

std::string field_of(const http::Response& response) {
  return Json::parse(response.body).at("error").at("field");
}

}  // namespace

TEST_CASE("arrays are listed, killed and run again as one") {
  ApiHost host;
  host.add_job(3);
  JobRecord member = host.add_job(9);
  auto spec = std::make_shared<JobSpec>(*member.spec);
  spec->array = ArrayPlace{JobId{10}, 1, 2, 1, 0};
  member.spec = spec;
  member.id = JobId{10};
  host.commit({AddJob{member}});
  const auto listed = Json::parse(host.call("GET", "/v1/jobs?array=10").body).at("jobs");
  REQUIRE(listed.size() == 1);
  CHECK(listed.at(0).at("array").at("index") == 1);
  CHECK(host.call("DELETE", "/v1/jobs?array=10").status == 202);
  CHECK(host.call("DELETE", "/v1/jobs?array=10&tag=x").status == 400);
  CHECK(host.call("DELETE", "/v1/jobs?array=x").status == 400);
  host.on_command([](const Command&) {
    Answer out;
    out.jobs = {JobId{3}, JobId{4}};
    return out;
  });
  CHECK(Json::parse(host.call("POST", "/v1/jobs/3/rerun", R"({"array":true})").body) ==
        Json({{"ids", {3, 4}}}));
  const auto commands = host.commands();
  CHECK(std::get<KillJobs>(commands.at(0)).array == JobId{10});
  CHECK(std::get<RerunJob>(commands.at(1)).array);
}

TEST_CASE("the policy is shown and changed by admins alone, field by field") {
  ApiHost host;
  host.status.policy.starvation_bound = std::chrono::hours(1);
  CHECK(host.call("GET", "/v1/policy").status == 403);
  CHECK(host.call("PUT", "/v1/policy", "{}").status == 403);
  auto response = host.call("GET", "/v1/policy", {}, {}, "root");
  CHECK(Json::parse(response.body).at("ordering") == "fifo");
  response = host.call("PUT", "/v1/policy", R"({"ordering":"priority"})", {}, "root");
  CHECK(response.status == 200);
  CHECK(Json::parse(response.body).at("starvation_bound") == 3600);
  const auto commands = host.commands();
  CHECK(std::get<SetPolicy>(commands.at(0)).policy.ordering->name() == "priority");
  response = host.call("PUT", "/v1/policy", R"({"ordering":"tallest"})", {}, "root");
  CHECK(response.status == 400);
  CHECK(field_of(response) == "ordering");
}

TEST_CASE("a node is drained and its maintenance planned in one request") {
  ApiHost host;
  const auto response = host.call("PUT", "/v1/nodes/n1",
                                  R"({"draining":true,"maintenance":
          [{"from":"2026-01-01T00:00:00Z","until":"2026-01-01T01:00:00Z"}]})",
                                  {}, "root");
  CHECK(response.status == 200);
  CHECK(Json::parse(response.body).at("maintenance").size() == 1);
  const auto commands = host.commands();
  REQUIRE(commands.size() == 2);
  CHECK(std::get<DrainNode>(commands[0]).draining);
  CHECK(std::get<PlanMaintenance>(commands[1]).windows.size() == 1);
  CHECK(host.call("PUT", "/v1/nodes/n1", R"({"maintenance":[]})", {}, "root").status == 200);
  CHECK(host.commands().size() == 3);
}
