// retz-sim replay: the history of a real server under another policy.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/data_directory.hpp"
#include "cli/sim/command_line.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/history.hpp"
#include "cli/sim/run_config.hpp"
#include "cli/sim/run_report.hpp"
#include "cli/sim/sim.hpp"
#include "cli/table.hpp"
#include "retz/json.hpp"
#include "retz/report.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

struct ReplayOptions {
  RunConfig config = {};
  std::string data = {};
  std::string from = {}, until = {};
  std::string exported = {};
  RunReport report = {};
};

struct Replay {
  History history = {};
  std::vector<std::string> not_played = {};  // resources that the given nodes say nothing of
  std::vector<SimulatedNode> recorded_on = {};
  PreparedRun prepared = {};
  Simulation simulated = {};
  double seconds = 0;
};

Result<std::optional<Instant>> time_of(const std::string& text, const char* option) {
  if (text.empty()) return std::nullopt;
  const std::string whole = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
  const auto time = instant_from_text(whole);
  if (!time) {
    return fail(Errc::invalid_argument,
                "is \"" + text +
                    "\" but must be a day or a time in UTC: 2026-11-01 or "
                    "2026-11-01T06:00:00Z",
                option);
  }
  return *time;
}

Result<History> history_of(const ReplayOptions& options) {
  const auto from = time_of(options.from, "--from");
  if (!from) return tl::unexpected(from.error());
  const auto until = time_of(options.until, "--until");
  if (!until) return tl::unexpected(until.error());
  const std::filesystem::path data =
      options.data.empty() ? default_data_directory() : std::filesystem::path(options.data);
  const auto store = sqlite_store_for_reading(data / "retz.db");
  if (!store) return fail(store.error().code, store.error().message, "--data");
  auto history = read_history(
      **store,
      {.from = *from, .until = *until, .keep_conditions = !options.config.nodes_file.empty()});
  if (!history) return fail(history.error().code, history.error().message, "--data");
  if (!history->workload.jobs.empty()) return history;
  return fail(
      Errc::not_found,
      "no job that ran to its end was submitted " +
          std::string(from->has_value() || until->has_value() ? "in that time" : "to this server") +
          " (" + std::to_string(history->still_live) + " live, " +
          std::to_string(history->never_ran) + " ended without running)",
      "--data");
}

bool nodes_given(const RunConfig& config) {
  return config.nodes != 0 || config.cpus != 0 || !config.mem.empty() || !config.nodes_file.empty();
}

/// As many nodes as there were take their names: then what was recorded has their size too.
std::vector<SimulatedNode> nodes_of_record(const History& history,
                                           std::vector<SimulatedNode>& given) {
  const auto named = [&given](const std::string& name) {
    return std::find_if(given.begin(), given.end(),
                        [&](const SimulatedNode& node) { return node.name == name; });
  };
  const auto is_named = [&](const SimulatedNode& node) { return named(node.name) != given.end(); };
  const auto& nodes = history.nodes;
  const bool all_named = std::all_of(nodes.begin(), nodes.end(), is_named);
  if (!all_named && given.size() != nodes.size()) return nodes;
  std::vector<SimulatedNode> out;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!all_named) given[i].name = nodes[i].name;
    out.push_back(all_named ? *named(nodes[i].name) : given[i]);
  }
  return out;
}

/// What no node has although jobs asked for it is no part of the simulation: else all would wait
/// for ever where people say no more than --nodes and --cpus. Returns the names.
std::vector<std::string> forget_missing(Workload& workload,
                                        const std::vector<SimulatedNode>& nodes) {
  Amounts has;
  bool gpus = false;
  std::set<std::string> custom;
  for (const SimulatedNode& node : nodes) {
    has.mem = std::max(has.mem, node.capacity.amounts.mem);
    has.disk = std::max(has.disk, node.capacity.amounts.disk);
    gpus = gpus || !node.capacity.gpus.empty();
    for (const CustomAmount& one : node.capacity.amounts.custom) custom.insert(one.name);
  }
  std::set<std::string> gone;
  for (WorkloadJob& job : workload.jobs) {
    Amounts& asked = job.request.amounts;
    if (has.mem == 0 && std::exchange(asked.mem, 0) > 0) gone.insert("mem");
    if (has.disk == 0 && std::exchange(asked.disk, 0) > 0) gone.insert("disk");
    if (!gpus && std::exchange(job.request.gpus, {}) != GpuRequest{}) gone.insert("gpus");
    std::erase_if(asked.custom, [&](const CustomAmount& one) {
      const bool missing = custom.count(one.name) == 0;
      if (missing) gone.insert(one.name);
      return missing;
    });
  }
  return {gone.begin(), gone.end()};
}

Result<Replay> replay(const ReplayOptions& options) {
  auto history = history_of(options);
  if (!history) return tl::unexpected(history.error());
  Workload workload = history->workload;
  if (options.config.estimates == "clairvoyant") {
    for (WorkloadJob& job : workload.jobs) job.estimate = job.run;
  } else if (options.config.estimates != "requested") {
    return fail(Errc::invalid_argument,
                "is \"" + options.config.estimates + "\": requested or clairvoyant", "--estimates");
  }
  workload.processors = 1;  // the nodes of the history stand in for it below
  auto prepared = prepare(options.config, std::move(workload));
  if (!prepared) return tl::unexpected(prepared.error());
  Replay out{.history = *std::move(history), .prepared = *std::move(prepared)};
  if (nodes_given(options.config)) {
    out.recorded_on = nodes_of_record(out.history, out.prepared.options.nodes);
    out.not_played = forget_missing(out.prepared.workload, out.prepared.options.nodes);
  } else {
    out.recorded_on = out.history.nodes;
    out.prepared.options.nodes = out.history.nodes;
  }
  History& past = out.history;
  past.recorded.metrics = measure(past.workload, out.recorded_on, past.recorded);
  const auto begin = std::chrono::steady_clock::now();
  auto simulated = simulate(out.prepared.workload, out.prepared.options);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!simulated) return tl::unexpected(simulated.error());
  out.simulated = *std::move(simulated);
  return out;
}

bool is_swf(const std::string& file) {
  return file.ends_with(".swf");
}

Result<void> check_export(const std::string& file) {
  if (file.empty() || is_swf(file) || file.ends_with(".csv")) {
    return check_output(file, "--export", false);
  }
  return fail(Errc::invalid_argument, "must end in .swf or .csv, not \"" + file + "\"", "--export");
}

/// Of a cluster as one machine, in whole ones.
std::int64_t processors_of(const std::vector<SimulatedNode>& nodes) {
  std::int64_t cpus = 0;
  for (const SimulatedNode& node : nodes) cpus += node.capacity.amounts.cpus;
  return (cpus + 999) / 1000;
}

/// Readers end a job at its estimate, which a real job may have outrun; SWF counts whole seconds,
/// and a job of none would be dropped.
Result<void> export_to(const std::string& file, const Replay& replay) {
  const bool swf = is_swf(file);
  Workload workload = replay.history.workload;
  workload.processors = processors_of(replay.recorded_on);
  for (WorkloadJob& job : workload.jobs) {
    if (swf) job.run = std::max(job.run, Duration(std::chrono::seconds(1)));
    job.estimate = std::max(job.estimate, job.run);
  }
  const auto written = write_file(file, swf ? to_swf(workload) : to_csv(workload));
  if (!written) return fail(written.error().code, written.error().message, "--export");
  return {};
}

std::string number(double value, int decimals) {
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

Json figures_json(const Simulation& simulation) {
  const Metrics& m = simulation.metrics;
  Json utilisation = Json::object();
  for (const ResourceUse& use : m.resources) utilisation[use.name] = use.utilisation;
  return {{"jobs", simulation.jobs.size()},
          {"attempts_lost", simulation.lost.size()},
          {"avebsld", m.mean_bounded_slowdown},
          {"max_bsld", m.max_bounded_slowdown},
          {"mean_wait_s", m.mean_wait},
          {"p95_wait_s", m.p95_wait},
          {"max_wait_s", m.max_wait},
          {"mean_flow_s", m.mean_flow},
          {"makespan_s", m.makespan},
          {"utilization", std::move(utilisation)},
          {"utilization_while_queued", m.utilisation_while_queued}};
}

Json replay_json(const ReplayOptions& options, const Replay& replay) {
  Json nodes = Json::array();
  for (const SimulatedNode& node : replay.prepared.options.nodes) {
    nodes.push_back({{"name", node.name},
                     {"cpus", static_cast<double>(node.capacity.amounts.cpus) / 1000.0},
                     {"mem", node.capacity.amounts.mem},
                     {"gpus", node.capacity.gpus.size()}});
  }
  return {{"begin", to_text(replay.history.begin)},
          {"never_ran", replay.history.never_ran},
          {"still_live", replay.history.still_live},
          {"without_condition", replay.history.without_condition},
          {"nodes", std::move(nodes)},
          {"not_simulated", replay.not_played},
          {"nodes_measured", !nodes_given(options.config)},
          {"recorded", figures_json(replay.history.recorded)},
          {"simulated",
           result_json(options.config, replay.prepared, replay.simulated, replay.seconds)}};
}

std::string replay_text(const Replay& replay) {
  const Simulation& before = replay.history.recorded;
  const Simulation& after = replay.simulated;
  Table table({{"FIGURE"}, {"RECORDED", Align::right}, {"SIMULATED", Align::right}});
  const auto add = [&](const char* title, double Metrics::*member, int decimals) {
    table.add({title, number(before.metrics.*member, decimals),
               after.jobs.empty() ? "-" : number(after.metrics.*member, decimals)});
  };
  table.add(
      {"jobs that ran", std::to_string(before.jobs.size()), std::to_string(after.jobs.size())});
  if (after.refused > 0) table.add({"jobs refused", "0", std::to_string(after.refused)});
  if (after.stuck > 0) table.add({"jobs that never could start", "0", std::to_string(after.stuck)});
  add("mean bounded slowdown", &Metrics::mean_bounded_slowdown, 3);
  add("mean wait, s", &Metrics::mean_wait, 3);
  add("95 % wait at most, s", &Metrics::p95_wait, 3);
  add("longest wait, s", &Metrics::max_wait, 3);
  add("mean time from submission to end, s", &Metrics::mean_flow, 3);
  add("first submission to last end, s", &Metrics::makespan, 3);
  for (const ResourceUse& use : before.metrics.resources) {
    const auto& others = after.metrics.resources;
    const auto other = std::find_if(others.begin(), others.end(),
                                    [&](const ResourceUse& one) { return one.name == use.name; });
    table.add({use.name + " used, %", number(100 * use.utilisation, 2),
               other == others.end() ? "-" : number(100 * other->utilisation, 2)});
  }
  return table.text();
}

/// What the figures do not say of themselves.
std::vector<std::string> caveats(const ReplayOptions& options, const Replay& replay) {
  const History& history = replay.history;
  std::vector<std::string> out;
  if (!nodes_given(options.config)) {
    std::string nodes;
    for (const SimulatedNode& node : history.nodes) {
      nodes += (nodes.empty() ? "" : ", ") + node.name + " (" +
               number(static_cast<double>(node.capacity.amounts.cpus) / 1000.0, 2) + " cpus)";
    }
    out.push_back(
        "a store does not tell how large nodes are; taken as the most that was in use at "
        "once: " +
        nodes + ". Give --nodes and --cpus, or --nodes-file.");
  }
  if (!replay.not_played.empty()) {
    std::string names;
    for (const std::string& name : replay.not_played) names += (names.empty() ? "" : ", ") + name;
    out.push_back("not simulated, as the nodes given have none of it: " + names +
                  ". Give --mem, or --nodes-file.");
  }
  if (history.without_condition > 0) {
    out.push_back(std::to_string(history.without_condition) +
                  " jobs had conditions on nodes, which were left out: give --nodes-file.");
  }
  if (history.of_limited_array > 0) {
    out.push_back("limits of arrays are not simulated: " +
                  std::to_string(history.of_limited_array) + " jobs had one.");
  }
  if (history.never_ran + history.still_live > 0) {
    out.push_back("left out: " + std::to_string(history.never_ran) +
                  " jobs that ended without running, " + std::to_string(history.still_live) +
                  " that still wait or run.");
  }
  if (!history.recorded.lost.empty()) {
    out.push_back(std::to_string(history.recorded.lost.size()) +
                  " attempts before a job's last are in the record alone.");
  }
  return out;
}

Result<void> write_page(const ReplayOptions& options, const Replay& replay) {
  if (options.report.file.empty()) return {};
  std::optional<ReportWindow> window;
  if (!options.report.window.empty()) {
    const auto read = window_from_text(options.report.window);
    if (!read) return tl::unexpected(read.error());
    window = *read;
  }
  const Workload& workload = replay.prepared.workload;
  const auto& nodes = replay.prepared.options.nodes;
  const std::string label = policy_label(replay.prepared.options.engine.policy);
  const ReportWindow shown = window ? *window : busiest_window(workload, nodes);
  Report page{.title = "As recorded, and under " + label, .command = command_line()};
  page.summary =
      std::to_string(workload.jobs.size()) + " jobs from " + to_text(replay.history.begin) + " on.";
  ReportSection section;
  for (const std::string& caveat : caveats(options, replay)) {
    section.note += (section.note.empty() ? "" : " ") + caveat;
  }
  section.runs = {run_figures("as recorded", replay.history.workload, replay.recorded_on,
                              replay.history.recorded, shown),
                  run_figures(label, workload, nodes, replay.simulated, shown)};
  page.sections.push_back(std::move(section));
  const auto html = html_report(page);
  if (!html) return tl::unexpected(html.error());
  const auto written = write_file(options.report.file, *html);
  if (!written) return fail(written.error().code, written.error().message, "--report");
  return {};
}

int run(const ReplayOptions& options, bool as_json) {
  if (auto fine = check_export(options.exported); !fine) return complain(fine.error());
  if (auto fine = check_report(options.report, as_json); !fine) return complain(fine.error());
  const auto found = replay(options);
  if (!found) return complain(found.error());
  if (!options.exported.empty()) {
    const auto written = export_to(options.exported, *found);
    if (!written) return complain(written.error());
  }
  if (const auto written = write_page(options, *found); !written) return complain(written.error());
  if (as_json) {
    std::cout << json_text(replay_json(options, *found), 2) << "\n";
  } else {
    std::cout << replay_text(*found);
    for (const std::string& caveat : caveats(options, *found)) {
      std::cerr << "retz-sim: " << caveat << "\n";
    }
  }
  return found->simulated.jobs.empty() ? complain_of_no_job() : 0;
}

}  // namespace

void add_replay_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command =
      app.add_subcommand("replay", "Play the history of a real server under another policy");
  add_run_options(*command, options->config);
  // Of a history there is one workload, as it was.
  for (const char* foreign :
       {"--workload", "--processors", "--strict", "--fail-nodes", "--shake"}) {
    command->remove_option(command->get_option(foreign));
  }
  command->add_option("--data", options->data,
                      "Of the server, which may be running: its store is only read");
  command->add_option("--from", options->from,
                      "Submitted from then on: 2026-11-01, or with a time");
  command->add_option("--until", options->until, "Submitted before then");
  command->add_option("--export", options->exported,
                      "Write the history as a workload too: FILE.swf or FILE.csv");
  add_report_options(*command, options->report);
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
