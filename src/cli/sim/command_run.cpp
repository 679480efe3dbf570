// retz-sim run: one workload under one policy.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/sim/files.hpp"
#include "cli/sim/run_config.hpp"
#include "cli/sim/run_report.hpp"
#include "cli/sim/sim.hpp"
#include "cli/table.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

struct RunOptions {
  RunConfig config = {};
  std::string from = {};     // a result, whose configuration is taken
  std::string per_job = {};  // where to write the table of jobs
  RunReport report = {};
};

std::string number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// The configuration that stands in a result, and the digest of the workload it was found on.
Result<RunConfig> configuration_of(const std::string& path, std::string& workload_digest) {
  const auto text = read_file(path);
  if (!text) return fail(text.error().code, text.error().message, "--from");
  const Json result = Json::parse(*text, nullptr, false);
  if (!result.is_object() || !result.contains("configuration")) {
    return fail(Errc::invalid_argument, path + " is no result of retz-sim run --json", "--from");
  }
  if (const auto digest = result.find("workload_digest");
      digest != result.end() && digest->is_string()) {
    workload_digest = digest->get<std::string>();
  }
  auto config = run_config_from_json(result["configuration"]);
  if (!config) {
    return fail(config.error().code,
                path + ": configuration." + config.error().field + " " + config.error().message,
                "--from");
  }
  return config;
}

Table table_of(const Json& json) {
  const auto decimal = [&](const char* key, int decimals) {
    return number(json[key].get<double>(), decimals);
  };
  const auto count = [&](const char* key) {
    return std::to_string(json[key].get<std::uint64_t>());
  };
  Table table({{"FIGURE"}, {"VALUE", Align::right}});
  table.add({"jobs that ran", count("jobs")});
  for (const auto& [key, title] :
       {std::pair{"dropped", "lines that are no runnable job"},
        std::pair{"refused", "jobs refused"}, std::pair{"stuck", "jobs that never could start"},
        std::pair{"attempts_lost", "attempts lost with their node"}}) {
    if (json[key].get<std::uint64_t>() > 0) table.add({title, count(key)});
  }
  table.add({"mean bounded slowdown", decimal("avebsld", 3)});
  table.add({"largest bounded slowdown", decimal("max_bsld", 1)});
  table.add({"mean wait, s", decimal("mean_wait_s", 1)});
  table.add({"95 % wait at most, s", decimal("p95_wait_s", 1)});
  table.add({"longest wait, s", decimal("max_wait_s", 1)});
  table.add({"mean time from submission to end, s", decimal("mean_flow_s", 1)});
  table.add({"first submission to last end, s", decimal("makespan_s", 0)});
  for (const auto& [name, value] : json["utilization"].items()) {
    table.add({name + " used, %", number(100 * value.get<double>(), 2)});
  }
  for (const auto& [name, value] : json["utilization_while_queued_of"].items()) {
    table.add({name + " used while jobs wait, %", number(100 * value.get<double>(), 2)});
  }
  table.add({"simulated in, s", decimal("seconds", 3)});
  table.add({"jobs a second", decimal("jobs_per_second", 0)});
  return table;
}

int run(const RunOptions& options, bool as_json) {
  RunConfig config = options.config;
  std::string expected;
  if (!options.from.empty()) {
    auto found = configuration_of(options.from, expected);
    if (!found) return complain(found.error());
    config = *std::move(found);
  }
  const auto prepared = prepare(config);
  if (!prepared) return complain(prepared.error());
  if (!expected.empty() && digest(prepared->workload) != expected) {
    return complain(
        {Errc::conflict,
         config.workload + " has changed since that result: its digest is no longer " + expected,
         "--from"});
  }
  warn_of_malformed(prepared->workload, config.workload);
  const auto begin = std::chrono::steady_clock::now();
  const auto simulation = simulate(prepared->workload, prepared->options);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (!simulation) return complain(simulation.error());
  if (!options.per_job.empty()) {
    const auto written = write_file(
        options.per_job, per_job_csv(prepared->workload, prepared->options.nodes, *simulation));
    if (!written) return complain({written.error().code, written.error().message, "--per-job"});
  }
  if (const auto written = write_report(options.report, *prepared, *simulation); !written) {
    return complain(written.error());
  }
  const Json json = result_json(config, *prepared, *simulation, taken.count());
  if (as_json) {
    std::cout << json.dump(2) << "\n";
  } else {
    std::cout << table_of(json).text();
  }
  return 0;
}

}  // namespace

void add_run_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Play a workload under one policy");
  add_run_options(*command, options->config);
  auto* from = command->add_option("--from", options->from,
                                   "Repeat a result, a file that --json printed; no other option "
                                   "says what is played");
  for (CLI::Option* other : command->get_options()) {
    if (other != from && !other->get_lnames().empty() && other->get_lnames()[0] != "help") {
      from->excludes(other);
    }
  }
  command->add_option("--per-job", options->per_job,
                      "CSV to write, a line a job: job,user,submit,start,end,node,cores");
  add_report_options(*command, options->report);
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
