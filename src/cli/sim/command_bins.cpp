// retz-sim bins: closed batches packed into as few bins as can be.
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

struct BinOptions {
  std::string instances = {};
  std::string packer = "packing";
  std::uint64_t steps = 700'000;
};

int run(const BinOptions& options, bool as_json) {
  const auto packer = make_bin_packer(options.packer);
  if (!packer) return complain({packer.error().code, packer.error().message, "--packer"});
  const auto instances = read_bins(options.instances);
  if (!instances) {
    return complain({instances.error().code, instances.error().message, "--instances"});
  }
  Json list = Json::array();
  Table table({{"INSTANCE"},
               {"DIMENSIONS", Align::right},
               {"ITEMS", Align::right},
               {"BINS", Align::right},
               {"MS", Align::right}});
  for (const BinInstance& instance : *instances) {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t bins = bins_used(instance, *packer, options.steps);
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - begin;
    list.push_back({{"instance", instance.name},
                    {"dimensions", instance.bin.size()},
                    {"items", instance.items.size()},
                    {"bins", bins},
                    {"milliseconds", taken.count()}});
    table.add({instance.name, std::to_string(instance.bin.size()),
               std::to_string(instance.items.size()), std::to_string(bins),
               decimal(taken.count(), 1)});
  }
  if (as_json) {
    const Json json{{"packer", options.packer}, {"steps", options.steps}, {"instances", list}};
    std::cout << json_text(json, 2) << "\n";
  } else {
    std::cout << table.text();
  }
  return 0;
}

}  // namespace

void add_bins_command(CLI::App& app, Sim& sim) {
  auto options = std::make_shared<BinOptions>();
  CLI::App* command = app.add_subcommand("bins", "Pack closed batches into bins");
  command
      ->add_option("--instances", options->instances,
                   "A file in VBP format, a folder or a tar archive of them")
      ->required();
  command->add_option("--packer", options->packer, "FF, FFD-L1, FFD-Linf, FFD-L2 or packing")
      ->capture_default_str();
  command->add_option("--steps", options->steps, "How much packing tries to save a bin")
      ->check(whole_number_from(0))
      ->capture_default_str();
  command->callback(
      [options, &sim] { sim.action = [options, &sim] { return run(*options, sim.json); }; });
}

}  // namespace retz::cli
