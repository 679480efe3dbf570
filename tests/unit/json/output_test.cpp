// What is written: readable as input again, with every field that clients rely on.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/generator.hpp"
#include "json/stored.hpp"
#include "retz/json.hpp"
#include "unit/json/random_specs.hpp"

using namespace retz;
using Tree = nlohmann::json;

TEST_CASE("a job that is written is read again as it was") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    base::Generator generator(seed);
    const JobSpec spec = random_spec(generator);
    const std::string text = to_json(spec);
    CAPTURE(text);
    const Result<JobSpec> again = job_spec_from_json(text);
    REQUIRE_MESSAGE(again, (again ? "" : again.error().message));
    CHECK(to_json(*again) == text);
    CHECK(again->command == spec.command);
    CHECK(again->tags == spec.tags);
    CHECK(again->environment == spec.environment);
    CHECK(again->request == spec.request);
    CHECK(again->estimate == spec.estimate);
    CHECK(again->time_limit == spec.time_limit);
    CHECK(again->grace_period == spec.grace_period);
    CHECK(again->retry == spec.retry);
    CHECK(again->priority == spec.priority);
    CHECK(again->dependencies == spec.dependencies);
    CHECK(again->whole_arrays == spec.whole_arrays);
    CHECK(again->siblings == spec.siblings);
    CHECK(again->array == spec.array);
  }
}

TEST_CASE("what a host program wrote beyond the users' ranges is still read from the store") {
  JobSpec spec;
  spec.request.amounts.cpus = 0;
  spec.priority = 77;
  spec.retry.max_attempts = 0;
  spec.tags = {""};
  CHECK(!job_spec_from_json(to_json(spec)));
  const auto again = json::stored_job_spec(to_json(spec));
  REQUIRE(again);
  CHECK(again->request == spec.request);
  CHECK(again->priority == 77);
  CHECK(again->tags == spec.tags);
}

TEST_CASE("a placement and a list of ids are read from the store as they were") {
  const Placement placement{.node = "n\"1",
                            .amounts = {.cpus = 1250, .mem = 64, .disk = 0, .custom = {{"a", 1}}},
                            .ports = {31000, 31001},
                            .gpus = {{0, 1000}, {3, 250}}};
  CHECK(json::stored_placement(json::placement_to_json(placement)) == placement);
  CHECK(json::stored_placement(json::placement_to_json(Placement{})) == Placement{});
  const std::vector<JobId> ids{JobId{1}, JobId{7}};
  CHECK(json::stored_job_ids(json::job_ids_to_json(ids)) == ids);
  CHECK(json::stored_job_ids("[]") == std::vector<JobId>{});
  CHECK(!json::stored_job_ids("[\"x\"]"));
}

TEST_CASE("an application that is written is read again as it was") {
  const Application app{.name = "a",
                        .owner = "k",
                        .files = {{"/x", true, false, true}, {"hdfs://h/y", false, true, false}},
                        .unix_user = "nobody",
                        .container_image = "debian:12",
                        .grace_period = Duration(1'500'000),
                        .enabled = false};
  CHECK(application_from_json(to_json(app)) == app);
  CHECK(json::stored_application(to_json(app)) == app);
}

TEST_CASE("a job in an answer has every field, absent ones are null") {
  JobRecord record;
  record.id = JobId{42};
  auto spec = std::make_shared<JobSpec>();
  spec->user = "alice";
  spec->application = "app";
  spec->command = "echo \"x\"";
  record.spec = spec;
  record.status.state = JobState::failed;
  record.status.submitted = at_micros(1);
  record.status.outcome = Outcome{OutcomeKind::exited, 3, 0, "exit code 3"};
  const Tree tree = Tree::parse(to_json(record));
  for (const char* field :
       {"id",          "user",      "application",     "command",     "name",       "tags",
        "environment", "resources", "priority",        "estimate",    "time_limit", "grace_period",
        "retry",       "state",     "submitted",       "eligible_at", "started",    "finished",
        "attempts",    "tries",     "system_failures", "wish",        "outcome",    "exit_code"}) {
    CAPTURE(field);
    CHECK(tree.contains(field));
  }
  CHECK(tree["id"] == 42);
  CHECK(tree["state"] == "failed");
  CHECK(tree["command"] == "echo \"x\"");
  CHECK(tree["estimate"].is_null());
  CHECK(tree["started"].is_null());
  CHECK(tree["submitted"] == "1970-01-01T00:00:00.000001Z");
  CHECK(tree["exit_code"] == 3);
  CHECK(tree["outcome"]["kind"] == "exited");
  CHECK(tree["resources"]["gpus"] == 0);

  AttemptRecord attempt;
  attempt.ref = {JobId{42}, 1};
  attempt.usage = {Duration(1'500'000), 7};
  const Tree whole = Tree::parse(to_json(record, {attempt}));
  CHECK(whole["attempt_records"][0]["job"] == 42);
  CHECK(whole["attempt_records"][0]["usage"]["cpu_seconds"] == 1.5);
  CHECK(whole["attempt_records"][0]["outcome"].is_null());
  CHECK(whole["attempt_records"][0]["placement"]["ports"].is_array());
  CHECK(Tree::parse(to_json(attempt)) == whole["attempt_records"][0]);
}

TEST_CASE("an exit code is null unless the job exited by itself") {
  JobRecord record;
  record.status.outcome = Outcome{OutcomeKind::signaled, -1, 9, "killed by signal 9"};
  CHECK(Tree::parse(to_json(record))["exit_code"].is_null());
}

TEST_CASE("text that is not UTF-8 is written as valid JSON") {
  Error error{Errc::io_error, "no \xFF\xC3 file \xE4\xB8\xAD \x01\x7F", ""};
  const Tree tree = Tree::parse(to_json(error));
  CHECK(tree["error"]["code"] == "io_error");
  CHECK(tree["error"]["message"] == "no \xEF\xBF\xBD\xEF\xBF\xBD file \xE4\xB8\xAD \x01\x7F");
}

TEST_CASE("an explanation gives each reason as data") {
  Explanation explanation;
  explanation.position = 3;
  Reason reason;
  reason.code = Reason::Code::not_enough_free;
  reason.resource = "cpus";
  reason.asked = 2500;
  reason.most = 1000;
  reason.node = "n1";
  reason.text = "n1 has 1 of 2.5 cpus free";
  explanation.reasons = {reason};
  const Tree tree = Tree::parse(to_json(explanation));
  CHECK(tree["state"] == "queued");
  CHECK(tree["position"] == 3);
  CHECK(tree["reasons"][0]["code"] == "not_enough_free");
  CHECK(tree["reasons"][0]["asked"] == 2.5);
  CHECK(tree["reasons"][0]["most"] == 1);
  CHECK(!tree["reasons"][0].contains("job"));
}

TEST_CASE("a node shows what it has and what is used") {
  NodeStatus node;
  node.name = "n1";
  node.capacity.amounts = {.cpus = 2000, .mem = 4096, .disk = 100, .custom = {{"lic", 2000}}};
  node.capacity.ports = {{31000, 32000}};
  node.capacity.gpus = {{"GPU-1", "H200", 0}};
  node.used.cpus = 500;
  node.attempts = 1;
  const Tree tree = Tree::parse(to_json(node));
  CHECK(tree["capacity"]["cpus"] == 2);
  CHECK(tree["capacity"]["ports"] == Tree::parse("[[31000,32000]]"));
  CHECK(tree["capacity"]["gpus"][0]["model"] == "H200");
  CHECK(tree["capacity"]["custom"]["lic"] == 2);
  CHECK(tree["used"]["cpus"] == 0.5);
  CHECK(tree["draining"] == false);
}
