// retz-sim windows: windows of a log, each on an empty machine, as RLScheduler (SC 2020) scores
// policies.
#include <chrono>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/sim/figures.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/run_config.hpp"
#include "cli/sim/sim.hpp"
#include "cli/table.hpp"
#include "retz/experiment.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

struct WindowOptions {
  RunConfig config = {};
  std::vector<std::size_t> first = {};
  std::size_t length = 1024;
  bool sticky_head = false;
  bool backfill = false;
};

// What the harness does not look at: it has one machine, as large as the log's, and its own rules.
constexpr const char* of_the_engine[] = {"--planner", "--nodes",      "--cpus",
                                         "--mem",     "--nodes-file", "--backfill-order",
                                         "--fit",     "--events",     "--starvation-bound"};

Result<void> check(const WindowOptions& options, const CLI::App& command) {
  if (command.count("--fail-nodes") > 0) {
    return fail(Errc::invalid_argument,
                "means nothing with windows: its time is a part of a whole log", "--fail-nodes");
  }
  if (options.backfill && !options.sticky_head) {
    return fail(Errc::invalid_argument,
                "is of the harness --sticky-head; our own is --planner easy", "--backfill");
  }
  for (const char* name : of_the_engine) {
    if (options.sticky_head && command.count(name) > 0) {
      return fail(Errc::invalid_argument, "means nothing with --sticky-head", name);
    }
  }
  return {};
}

Result<PreparedRun> read(const WindowOptions& options) {
  if (!options.sticky_head) return prepare(options.config);
  auto workload = load_workload(options.config);
  if (!workload) return tl::unexpected(workload.error());
  if (workload->processors == 0) {
    return fail(Errc::invalid_argument,
                "is needed with --sticky-head: the workload does not tell its machine",
                "--processors");
  }
  return PreparedRun{.workload = *std::move(workload)};
}

/// The mean bounded slowdown of each window.
Result<std::vector<double>> scores(const WindowOptions& options, const PreparedRun& prepared) {
  StickyOrder order = StickyOrder::fcfs;
  if (options.sticky_head) {
    const auto& name = options.config.policy.ordering;
    const auto found = make_sticky_order(name.empty() ? "fcfs" : name);
    if (!found) return fail(found.error().code, found.error().message, "--ordering");
    order = *found;
  }
  std::vector<double> scores;
  for (const std::size_t first : options.first) {
    const auto window = window_of(prepared.workload, first, options.length);
    if (!window) return fail(window.error().code, window.error().message, "--first");
    if (options.sticky_head) {
      const auto score =
          sticky_head(*window, prepared.workload.processors, order, options.backfill);
      if (!score) return tl::unexpected(score.error());
      scores.push_back(*score);
      continue;
    }
    const auto simulation = simulate(*window, prepared.options);
    if (!simulation) return tl::unexpected(simulation.error());
    if (simulation->jobs.size() < window->jobs.size()) {
      return fail(Errc::invalid_argument,
                  "a job of the window from " + std::to_string(first) + " on fits no node",
                  "--nodes");
    }
    scores.push_back(simulation->metrics.mean_bounded_slowdown);
  }
  return scores;
}

void print(const WindowOptions& options, const std::vector<double>& scores, double seconds,
           bool as_json) {
  const double mean = mean_and_sd(scores).mean;
  if (as_json) {
    const Json json{{"windows", options.first},
                    {"length", options.length},
                    {"sticky_head", options.sticky_head},
                    {"backfill", options.backfill},
                    {"avebsld_of_each", scores},
                    {"avebsld", mean},
                    {"seconds", seconds},
                    {"configuration", to_json(options.config)}};
    std::cout << json_text(json, 2) << "\n";
    return;
  }
  Table table({{"FIRST JOB", Align::right}, {"MEAN BOUNDED SLOWDOWN", Align::right}});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    table.add({std::to_string(options.first[i]), decimal(scores[i], 2)});
  }
  table.add({"mean", decimal(mean, 2)});
  std::cout << table.text();
  const auto& ordering = options.config.policy.ordering;
  if (options.sticky_head && (ordering == "wfp3" || ordering == "unicep")) {
    std::cout << "\nAs published, this harness takes the time waited to be negative: a defect of "
                 "the baseline.\n";
  }
}

int run(const WindowOptions& options, const CLI::App& command, bool as_json) {
  if (const auto good = check(options, command); !good) return complain(good.error());
  const auto prepared = read(options);
  if (!prepared) return complain(prepared.error());
  warn_of_malformed(prepared->workload, options.config.workload);
  const auto begin = std::chrono::steady_clock::now();
  const auto found = scores(options, *prepared);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (!found) return complain(found.error());
  print(options, *found, taken.count(), as_json);
  return 0;
}

}  // namespace

void add_windows_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<WindowOptions>();
  CLI::App* command =
      app.add_subcommand("windows", "Play windows of a workload, each on an empty machine");
  add_run_options(*command, options->config);
  // Not for windows: no word of it in the help, and check() tells why.
  command->get_option("--fail-nodes")->group("");
  command
      ->add_option("--first", options->first,
                   "First job of each window, from 0, by number: 1981,2756")
      ->delimiter(',')
      ->check(whole_number_from(0))
      ->required();
  command->add_option("--length", options->length, "Jobs in a window")
      ->check(whole_number_from(1))
      ->capture_default_str();
  command->add_flag("--sticky-head", options->sticky_head,
                    "The paper's harness in place of the engine, on one machine as large as the "
                    "log's: it holds on to its first pick. Orders: fcfs, sjf, wfp3, unicep, f1");
  command->add_flag("--backfill", options->backfill, "With --sticky-head: others may pass it");
  command->callback([options, command, &sim] {
    sim.action = [options, command, &sim] { return run(*options, *command, sim.json); };
  });
}

}  // namespace retz::cli
