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

/// Of what a result was found on; empty: it does not tell.
struct Digests {
  std::string workload = {}, nodes = {};
};

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The configuration that stands in a result.
Result<RunConfig> configuration_of(const std::string& path, Digests& digests) {
  const auto text = read_file(path);
  if (!text) return fail(text.error().code, text.error().message, "--from");
  const Json result = Json::parse(*text, nullptr, false);
  if (!result.is_object() || !result.contains("configuration")) {
    return fail(Errc::invalid_argument, path + " is no result of retz-sim run --json", "--from");
  }
  digests = {.workload = text_at(result, "workload_digest"),
             .nodes = text_at(result, "nodes_digest")};
  auto config = run_config_from_json(result["configuration"]);
  if (!config) {
    return fail(config.error().code,
                path + ": configuration." + config.error().field + " " + config.error().message,
                "--from");
  }
  return config;
}

Result<void> check_unchanged(const RunConfig& config, const PreparedRun& prepared,
                             const Digests& expected) {
  const auto changed = [](const std::string& what, const std::string& digest) {
    return fail(Errc::conflict,
                what + " changed since that result: the digest is no longer " + digest, "--from");
  };
  if (!expected.workload.empty() && digest(prepared.workload) != expected.workload) {
    return changed(config.workload + " has", expected.workload);
  }
  if (!expected.nodes.empty() && digest(prepared.options.nodes) != expected.nodes) {
    const std::string& file = config.nodes_file;
    return changed(file.empty() ? "the nodes have" : file + " has", expected.nodes);
  }
  return {};
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
  if (json["jobs"] == 0) return table;
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

int print(const Json& json, bool as_json) {
  if (as_json) {
    std::cout << json_text(json, 2) << "\n";
  } else {
    std::cout << table_of(json).text();
  }
  return json["jobs"] == 0 ? complain_of_no_job() : 0;
}

int run(const RunOptions& options, bool as_json) {
  if (auto fine = check_output(options.per_job, "--per-job", as_json); !fine) {
    return complain(fine.error());
  }
  if (auto fine = check_report(options.report, as_json); !fine) return complain(fine.error());
  RunConfig config = options.config;
  Digests expected;
  if (!options.from.empty()) {
    auto found = configuration_of(options.from, expected);
    if (!found) return complain(found.error());
    config = *std::move(found);
  }
  const auto prepared = prepare(config);
  if (!prepared) return complain(prepared.error());
  if (auto same = check_unchanged(config, *prepared, expected); !same) {
    return complain(same.error());
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
  return print(result_json(config, *prepared, *simulation, taken.count()), as_json);
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
