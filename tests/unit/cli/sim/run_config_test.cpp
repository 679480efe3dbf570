#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "cli/sim/run_config.hpp"

using namespace retz;
using namespace retz::cli;

namespace {

RunConfig kth() {
  RunConfig config;
  config.workload = RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz";
  return config;
}

void refused(const RunConfig& config, const std::string& option, const std::string& words) {
  const auto prepared = prepare(config);
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().field == option);
  CHECK_MESSAGE(prepared.error().message.find(words) != std::string::npos,
                prepared.error().message);
}

}  // namespace

TEST_CASE("without nodes the machine is as large as the log's") {
  const auto prepared = prepare(kth());
  REQUIRE(prepared);
  CHECK(prepared->workload.jobs.size() == 28481);
  REQUIRE(prepared->options.nodes.size() == 1);
  CHECK(prepared->options.nodes.front().capacity.amounts.cpus == 100'000);
  CHECK(prepared->options.events == SimulationEvents::instant);
}

TEST_CASE("every option reaches the simulation") {
  RunConfig config = kth();
  config.nodes = 10;
  config.cpus = 64.5;
  config.mem = "2GiB";
  config.policy = {"shortest", "fifo", "easy", "worst"};
  config.estimates = "clairvoyant";
  config.events = "event";
  config.starvation_bound = "72h";
  config.fail_nodes = "30%@0.5+6h";
  config.shake = "10m";
  config.seed = 9;
  const auto prepared = prepare(config);
  REQUIRE_MESSAGE(prepared, prepared.error().message);
  const SimulationOptions& options = prepared->options;
  CHECK(options.nodes.size() == 10);
  CHECK(options.nodes.front().capacity.amounts.cpus == 64'500);
  CHECK(options.nodes.front().capacity.amounts.mem == 2048);
  CHECK(options.engine.policy.ordering->name() == "shortest");
  CHECK(options.engine.policy.backfill_order->name() == "fifo");
  CHECK(options.engine.policy.planner->name() == "easy");
  CHECK(options.engine.policy.fit_rule->name() == "worst");
  CHECK(options.engine.policy.starvation_bound == std::chrono::hours(72));
  CHECK(options.engine.seed == 9);
  CHECK(options.events == SimulationEvents::one_by_one);
  REQUIRE(options.failures.size() == 3);
  CHECK(options.failures[0].until - options.failures[0].from == std::chrono::hours(6));
  const auto plain = prepare(kth());
  CHECK(prepared->workload.jobs[5].estimate == plain->workload.jobs[5].run);
  CHECK(prepared->workload.jobs[5].submit != plain->workload.jobs[5].submit);
}

TEST_CASE("what cannot be is an error that names the option") {
  refused({}, "--workload", "a file is needed");
  RunConfig config = kth();
  config.workload = "/nowhere.swf";
  refused(config, "--workload", "/nowhere.swf");
  config = kth();
  config.cpus = 4;
  refused(config, "--nodes", "is needed with");
  config.nodes = 2;
  config.cpus = 0;
  refused(config, "--cpus", "is needed with --nodes");
  config.cpus = 4;
  config.nodes_file = "n.csv";
  refused(config, "--nodes-file", "excludes");
  config.nodes_file = "";
  config.mem = "4 hands";
  refused(config, "--mem", "4 hands");
  config = kth();
  config.policy.planner = "eazy";
  refused(config, "--planner", "eazy");
  config.policy = {.fit_rule = "tight"};
  refused(config, "--fit", "tight");
  config = kth();
  config.events = "all";
  refused(config, "--events", "instant or event");
  config = kth();
  config.estimates = "guessed";
  refused(config, "--estimates", "guessed");
  config = kth();
  config.starvation_bound = "0";
  refused(config, "--starvation-bound", "longer than no time");
  config = kth();
  config.nodes_file = "/nowhere.csv";
  refused(config, "--nodes-file", "/nowhere.csv");
  for (const char* text : {"30@0.5+6h", "130%@0.5+6h", "30%@2+6h", "30%@0.5", "30%@0.5+soon"}) {
    config = kth();
    config.fail_nodes = text;
    refused(config, "--fail-nodes", "30%@0.5+6h");
  }
}

TEST_CASE("numbers that would end in nothing, or beyond what is counted with, are refused") {
  RunConfig config = kth();
  config.fail_nodes = "30%@0.5+6h";
  refused(config, "--fail-nodes", "of 1 node is none");
  config.fail_nodes = "0%@0.5+6h";
  CHECK(prepare(config));
  config = kth();
  config.processors = 9'223'372'036'854'775'807;
  refused(config, "--processors", "from 1 to 1000000000");
  config = kth();
  config.nodes = 1;
  config.cpus = 0.0001;
  refused(config, "--cpus", "from 0.001 to");
}

TEST_CASE("a configuration comes back from its JSON, with the names of the default's parts") {
  RunConfig config = kth();
  config.nodes = 3;
  config.cpus = 1.5;
  config.strict = true;
  config.fail_nodes = "10%@0+1h";
  config.seed = 18'446'744'073'709'551'615ULL;
  const auto json = to_json(config);
  CHECK(json["ordering"] == "fifo");
  CHECK(json["planner"] == "first_fit");
  CHECK(json["fit"] == "best");
  const auto back = run_config_from_json(nlohmann::ordered_json::parse(json.dump()));
  REQUIRE_MESSAGE(back, back.error().message);
  CHECK(to_json(*back) == json);
  CHECK(back->seed == config.seed);
  CHECK(back->cpus == 1.5);
}

TEST_CASE("what a configuration cannot hold is named") {
  CHECK(run_config_from_json({{"sed", 1}}).error().field == "sed");
  CHECK(run_config_from_json({{"sed", 1}}).error().message.find("\"seed\"") != std::string::npos);
  CHECK(run_config_from_json({{"seed", "x"}}).error().field == "seed");
  CHECK(run_config_from_json({{"seed", -1}}).error().field == "seed");
  CHECK(run_config_from_json({{"strict", 1}}).error().field == "strict");
  CHECK(run_config_from_json({{"workload", 1}}).error().field == "workload");
  CHECK_FALSE(run_config_from_json(nlohmann::ordered_json::array()));
}

TEST_CASE("a result has the figures and all that is needed to have them again") {
  RunConfig config = kth();
  config.policy.planner = "easy";
  config.events = "event";
  const auto prepared = prepare(config);
  REQUIRE(prepared);
  const auto simulation = simulate(prepared->workload, prepared->options);
  REQUIRE(simulation);
  const auto json = result_json(config, *prepared, *simulation, 2);
  CHECK(json["jobs"] == 28481);
  CHECK(json["dropped"] == 8);
  CHECK(json["avebsld"].get<double>() == doctest::Approx(92.57653973).epsilon(1e-10));
  CHECK(json["mean_flow_s"].get<double>() == doctest::Approx(15696.798).epsilon(1e-7));
  CHECK(json["max_wait_s"] == 262194.0);
  CHECK(json["jobs_per_second"] == 14240.5);
  CHECK(json["utilization"].contains("cpus"));
  CHECK(json["configuration"] == to_json(config));
  CHECK(json["workload_digest"] == digest(prepared->workload));
  Workload other = prepared->workload;
  other.jobs.front().priority = 1;
  CHECK(digest(other) != digest(prepared->workload));
}

TEST_CASE("easy with shortest jobs behind the reservation gives the published figure") {
  RunConfig config = kth();
  config.policy = {.backfill_order = "shortest_estimate", .planner = "easy"};
  config.events = "event";
  const auto prepared = prepare(config);
  REQUIRE(prepared);
  const auto simulation = simulate(prepared->workload, prepared->options);
  REQUIRE(simulation);
  CHECK(simulation->metrics.mean_bounded_slowdown == doctest::Approx(69.40540058).epsilon(1e-10));
}
