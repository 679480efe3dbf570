// retz-sim pack: requests for GPUs arrive one by one and never leave (the protocol of FGD, USENIX
// ATC 2023).
#include <chrono>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/sim/figures.hpp"
#include "cli/sim/files.hpp"
#include "cli/sim/sim.hpp"
#include "cli/table.hpp"
#include "retz/experiment.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

struct PackOptions {
  std::string nodes_file = {}, pods = {};
  std::string fit = "fragmentation";
  std::string planner = "first_fit";
  std::string typical = "list";
  std::uint64_t seeds = 10, first_seed = 42;
  double until = 1.3;
};

struct PackResult {
  std::vector<double> at_100, at_end;  // percent of all GPUs, a seed each
  std::vector<std::uint64_t> dropped;
  std::vector<double> seconds;
};

struct PackInput {
  std::vector<SimulatedNode> nodes;
  std::vector<Request> pods;
};

Result<PackInput> read_input(const PackOptions& options) {
  PackInput input;
  auto nodes = read_gpu_nodes(options.nodes_file);
  if (!nodes) return fail(nodes.error().code, nodes.error().message, "--nodes-file");
  input.nodes = *std::move(nodes);
  auto pods = read_pods(options.pods);
  if (!pods) return fail(pods.error().code, pods.error().message, "--pods");
  input.pods = *std::move(pods);
  return input;
}

Result<PackResult> play(const PackOptions& options, const PackInput& input) {
  if (options.typical != "list" && options.typical != "live") {
    return fail(Errc::invalid_argument, "is \"" + options.typical + "\": list or live",
                "--typical");
  }
  const auto planner = make_planner(options.planner);
  if (!planner) return fail(planner.error().code, planner.error().message, "--planner");
  std::vector<TypicalRequest> typical;
  if (options.typical == "list") typical = typical_requests(input.pods, input.nodes);
  PackResult result;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ArrivalOptions arrivals{.nodes = input.nodes,
                            .until = options.until,
                            .seed = options.first_seed + i,
                            .distinct = options.fit == "random"};
    const auto rule = make_arrival_rule(options.fit, typical, arrivals.seed);
    if (!rule) return fail(rule.error().code, rule.error().message, "--fit");
    arrivals.policy.fit_rule = *rule;
    arrivals.policy.planner = *planner;
    const auto curve = play_arrivals(input.pods, arrivals);
    if (!curve) return tl::unexpected(curve.error());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    const std::size_t last = curve->allocated.size() - 1;
    result.at_100.push_back(curve->allocated[std::min<std::size_t>(100, last)]);
    result.at_end.push_back(curve->allocated[last]);
    result.dropped.push_back(curve->dropped);
    result.seconds.push_back(taken.count());
  }
  return result;
}

Json summary(const std::vector<double>& figures) {
  const MeanAndSd found = mean_and_sd(figures);
  return {{"mean", found.mean}, {"sd", found.sd}, {"of_each", figures}};
}

void print(const PackOptions& options, const PackResult& result, bool as_json) {
  if (as_json) {
    Json json;
    if (options.until >= 1) json["allocated_at_100"] = summary(result.at_100);
    json["allocated_at_end"] = summary(result.at_end);
    json["dropped"] = result.dropped;
    json["seconds"] = result.seconds;
    json["configuration"] = {
        {"nodes_file", options.nodes_file}, {"pods", options.pods},       {"fit", options.fit},
        {"planner", options.planner},       {"typical", options.typical}, {"seeds", options.seeds},
        {"first_seed", options.first_seed}, {"until", options.until}};
    std::cout << json_text(json, 2) << "\n";
    return;
  }
  Table table({{"GPUS ASKED FOR"}, {"GIVEN, %", Align::right}, {"SD", Align::right}});
  const auto row = [&](const std::string& when, const std::vector<double>& figures) {
    const MeanAndSd found = mean_and_sd(figures);
    table.add({when, decimal(found.mean, 2), decimal(found.sd, 2)});
  };
  if (options.until > 1) row("100 % of those there are", result.at_100);
  row(decimal(options.until * 100, 0) + " %", result.at_end);
  std::cout << table.text() << "\n"
            << options.fit << ", " << options.seeds << " seeds from " << options.first_seed
            << " on, " << decimal(mean_and_sd(result.seconds).mean, 2) << " s each\n";
}

int run(const PackOptions& options, bool as_json) {
  const auto input = read_input(options);
  if (!input) return complain(input.error());
  const auto result = play(options, *input);
  if (!result) return complain(result.error());
  print(options, *result, as_json);
  return 0;
}

}  // namespace

void add_pack_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<PackOptions>();
  CLI::App* command =
      app.add_subcommand("pack", "Requests for GPUs arrive one by one and never leave");
  command
      ->add_option("--nodes-file", options->nodes_file,
                   "CSV: sn, cpu_milli, memory_mib, gpu, model; .gz too")
      ->required();
  command
      ->add_option("--pods", options->pods,
                   "CSV: cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec; .gz too")
      ->required();
  command
      ->add_option("--fit", options->fit,
                   "A fit rule of the engine, or random, published_best_fit, "
                   "published_dot_product")
      ->capture_default_str();
  command->add_option("--planner", options->planner, "Who starts now")->capture_default_str();
  command
      ->add_option("--typical", options->typical,
                   "What is typical, for rules that ask: list (of all pods) or live (of those "
                   "that were placed)")
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "How many orders of arrival")
      ->check(whole_number_from(1))
      ->capture_default_str();
  command->add_option("--first-seed", options->first_seed, "The first of them")
      ->check(whole_number_from(0))
      ->capture_default_str();
  command->add_option("--until", options->until, "GPUs asked for, as a part of those there are")
      ->capture_default_str();
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
