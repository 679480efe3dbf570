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
    std::cout << Json{{"windows", options.first},
                      {"length", options.length},
                      {"sticky_head", options.sticky_head},
                      {"backfill", options.backfill},
                      {"avebsld_of_each", scores},
                      {"avebsld", mean},
                      {"seconds", seconds},
                      {"configuration", to_json(options.config)}}
                     .dump(2, ' ', false, Json::error_handler_t::replace)
              << "\n";
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

int run(WindowOptions& options, bool as_json) {
  if (options.sticky_head && !options.config.policy.planner.empty()) {
    return complain({Errc::invalid_argument, "means nothing with --sticky-head", "--planner"});
  }
  if (options.backfill && !options.sticky_head) {
    return complain({Errc::invalid_argument,
                     "is of the harness --sticky-head; our own is --planner easy", "--backfill"});
  }
  // The harness has orders that the engine has not.
  RunConfig config = options.config;
  if (options.sticky_head) config.policy.ordering.clear();
  const auto prepared = prepare(config);
  if (!prepared) return complain(prepared.error());
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
  command
      ->add_option("--first", options->first,
                   "First job of each window, from 0, by number: 1981,2756")
      ->delimiter(',')
      ->required();
  command->add_option("--length", options->length, "Jobs in a window")
      ->check(whole_number_from(1))
      ->capture_default_str();
  command->add_flag("--sticky-head", options->sticky_head,
                    "The paper's harness in place of the engine: it holds on to its first pick. "
                    "Orders: fcfs, sjf, wfp3, unicep, f1");
  command->add_flag("--backfill", options->backfill, "With --sticky-head: others may pass it");
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
