// The other driver of the engine: virtual time, a modelled cluster, recorded workloads. What it
// runs is, to the line, what runs in production.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retz/engine.hpp"
#include "retz/resources.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"
#include "retz/workload.hpp"

namespace retz {

struct SimulatedNode {
  std::string name = {};
  Capacity capacity = {};
};

/// One node with `cpus` whole cpus and nothing else: how the archive's logs are replayed.
std::vector<SimulatedNode> one_node(std::int64_t cpus);
/// node1, node2, ... (as many digits as the last needs).
std::vector<SimulatedNode> equal_nodes(std::size_t count, const Capacity& capacity);
/// Comma-separated values with named columns: `name`, `cpus` (both needed), `mem`, `disk`, `gpus`
/// (devices), `gpu_model`, `custom.NAME`; others are attributes. At most 10^6 nodes. Plain or gzip.
/// Error: invalid_argument naming line and column; io_error.
Result<std::vector<SimulatedNode>> parse_nodes(std::string_view text);
Result<std::vector<SimulatedNode>> read_nodes(const std::string& path);

/// A node that breaks and comes back: what ran there is lost and runs again.
struct NodeFailure {
  std::uint32_t node = 0;  // index into SimulationOptions::nodes
  Duration from{0};        // since the start of the log
  Duration until{0};       // > from
};

/// `part` of the nodes, chosen by the seed, all of them at once. Requires: 0 <= part <= 1.
std::vector<NodeFailure> fail_part(std::size_t nodes, double part, Duration from, Duration until,
                                   std::uint64_t seed);

/// What happens at one time, step by step.
enum class SimulationEvents : std::uint8_t {
  /// The textbook's: everything that ends then is released, then what is submitted then is
  /// appended, then one pass is made.
  instant,
  /// Of the program pyss, with which much was published: what ends as estimated is free, then each
  /// submission is followed by a pass, then each end, in the order of the starts.
  one_by_one,
};

struct SimulationOptions {
  EngineOptions engine = {};
  std::vector<SimulatedNode> nodes = {};
  SimulationEvents events = SimulationEvents::instant;
  std::vector<NodeFailure> failures = {};
  bool check_invariants = false;  // after each step; slow
};

/// What became of a job of the workload: its last attempt.
struct SimulatedJob {
  std::uint32_t job = 0;  // index into Workload::jobs
  Duration start{0};      // as all times: since the start of the log
  Duration end{0};
  std::uint32_t node = 0;  // index into SimulationOptions::nodes
};

/// What a resource was used for. Amounts: thousandths of a cpu or of a device, MiB.
struct ResourceUse {
  std::string name = {};    // cpus, mem, disk, gpus, or a custom scalar; those that a node has
  double capacity = 0;      // of all nodes
  double utilisation = 0;   // used / (capacity x makespan)
  double while_queued = 0;  // used / capacity over the times when jobs wait that could run
                            // on an empty node; lost nodes count as no capacity
};

/// Times in seconds; means over the jobs that ran, in the order of the workload.
struct Metrics {
  double mean_bounded_slowdown = 0;  // of max(1, (wait + run) / max(run, 10 s))
  double max_bounded_slowdown = 0;
  double mean_wait = 0, p95_wait = 0, max_wait = 0;  // from submission to the last attempt's start
  double mean_flow = 0;                              // from submission to the end
  double makespan = 0;                               // from the first submission to the last end
  double utilisation_while_queued = 0;               // of the resource that is used most then
  std::vector<ResourceUse> resources = {};
};

struct Simulation {
  std::vector<SimulatedJob> jobs = {};    // those that ran, in the order of the workload
  std::vector<SimulatedJob> lost = {};    // attempts that a failure ended, by their end
  std::vector<NodeFailure> outages = {};  // those of the options, overlapping ones as one
  std::uint64_t refused = 0;              // beyond a limit of the engine
  std::uint64_t stuck = 0;                // fit no node, or wait behind a job that fits none
  std::uint64_t steps = 0;                // of the engine
  Metrics metrics = {};
};

/// Runs the whole workload on the modelled cluster, to its end. Deterministic; no file, thread or
/// clock.
/// Error: invalid_argument when there is no node or a job's run or estimate is not positive, or
/// jobs wait for each other in a circle.
Result<Simulation> simulate(const Workload& workload, const SimulationOptions& options);

/// Figures of a schedule, simulated or recorded. Requires: as in Simulation.
Metrics measure(const Workload& workload, const std::vector<SimulatedNode>& nodes,
                const Simulation& simulation);

/// One line a job: `job,user,submit,start,end,node,cores`, times in seconds (as many decimals as
/// needed).
std::string per_job_csv(const Workload& workload, const std::vector<SimulatedNode>& nodes,
                        const Simulation& simulation);

}  // namespace retz
