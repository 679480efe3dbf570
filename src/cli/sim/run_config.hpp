// One run of the simulator, as the command line says it and as a result repeats it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "retz/policy.hpp"
#include "retz/result.hpp"
#include "retz/simulator.hpp"

namespace CLI {
class App;
}

namespace retz::cli {

/// Words and numbers as typed; everything else follows from them.
struct RunConfig {
  std::string workload = {};    // a file
  std::int64_t processors = 0;  // of the log's machine; 0: as its header says
  bool strict = false;          // malformed lines refuse the file
  std::int64_t nodes = 0;       // 0 and no nodes_file: one node as large as the log's machine
  double cpus = 0;              // of each of `nodes`
  std::string mem = {};         // of each: MiB, or with a unit
  std::string nodes_file = {};
  PolicyNames policy = {};
  std::string estimates = "requested";  // or clairvoyant
  std::string events = "instant";       // or event
  std::string starvation_bound = {};    // a duration; empty: none
  /// "30%@0.5+6h": a part of the nodes, when (0.5: half-way through the submissions), for how long.
  std::string fail_nodes = {};
  std::string shake = {};  // a duration: submissions move by up to it
  std::uint64_t seed = 1;
};

/// What a run needs, read and checked.
struct PreparedRun {
  Workload workload = {};
  SimulationOptions options = {};
};

void add_run_options(CLI::App& command, RunConfig& config);
/// Error: `field` is the option.
Result<PreparedRun> prepare(const RunConfig& config);
/// The workload alone: read, with its estimates, shaken.
Result<Workload> load_workload(const RunConfig& config);
/// The rest. Requires: `workload` is what load_workload gives, or made otherwise.
Result<PreparedRun> prepare(const RunConfig& config, Workload workload);

/// Everything, with the names of the parts that stand in for those not given.
nlohmann::ordered_json to_json(const RunConfig& config);
/// What is left out has its default. Error: invalid_argument; `field` is the key.
Result<RunConfig> run_config_from_json(const nlohmann::ordered_json& json);

/// Of all that a simulation takes from a workload: equal workloads have equal digests.
std::string digest(const Workload& workload);
std::string digest(const std::vector<SimulatedNode>& nodes);

/// The document that `retz-sim run --json` prints: metrics, speed, and the configuration. Where no
/// job ran, the metrics are null.
nlohmann::ordered_json result_json(const RunConfig& config, const PreparedRun& prepared,
                                   const Simulation& simulation, double seconds);

}  // namespace retz::cli
