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

namespace retz {

/// A job of a recorded workload.
struct WorkloadJob {
  std::uint64_t number = 0;  // as the log names it
  Duration submit{0};        // since the start of the log
  Duration run{0};           // how long it runs once started; at most `estimate`, > 0
  Duration estimate{0};      // what its user asked for
  Request request;
  std::string user;
  std::int32_t priority = 0;
};

struct Workload {
  std::vector<WorkloadJob> jobs;  // in the order of the log
  std::int64_t processors = 0;    // of the machine it was recorded on
  std::uint64_t dropped = 0;      // lines that are no runnable job: see read_swf
};

struct SwfOptions {
  std::int64_t processors = 0;  // of the machine; 0: MaxProcs of the log's header, else MaxNodes
};

/// Reads a log in the Standard Workload Format (Chapin et al., JSSPP 1999).
/// One processor is one cpu. Processors: the requested ones, else the allocated ones; estimate: the
/// requested time, else the run time; a job is killed at its estimate. Dropped: jobs without
/// processors or with more than the machine has, with a run time <= 0, or a submission before 0.
/// Error: invalid_argument naming the line, or that the machine's size is not known.
Result<Workload> parse_swf(std::string_view text, const SwfOptions& options = {});
/// The same from a file, plain or gzip. Error: also io_error, too_large (more than 1 GiB of text).
Result<Workload> read_swf(const std::string& path, const SwfOptions& options = {});

struct SimulatedNode {
  std::string name;
  Capacity capacity;
};

/// One node with `cpus` whole cpus and nothing else: how the archive's logs are replayed.
std::vector<SimulatedNode> one_node(std::int64_t cpus);

/// What happens at one time, step by step.
enum class SimulationEvents : std::uint8_t {
  /// The textbook's: everything that ends then is released, then what is submitted then is
  /// appended,
  /// then one pass is made.
  instant,
  /// Of the program pyss, with which much was published: what ends as estimated is free, then each
  /// submission is followed by a pass, then each end, in the order of the starts.
  one_by_one,
};

struct SimulationOptions {
  EngineOptions engine;
  std::vector<SimulatedNode> nodes;
  SimulationEvents events = SimulationEvents::instant;
  bool check_invariants = false;  // after each step; slow
};

/// What became of a job of the workload.
struct SimulatedJob {
  std::uint64_t number = 0;
  Duration submit{0};
  Duration start{0};
  Duration end{0};
  std::uint32_t node = 0;  // index into SimulationOptions::nodes
};

/// Times in seconds; means over the jobs that ran.
struct Simulation {
  std::vector<SimulatedJob> jobs;    // those that ran, in the order of the workload
  std::uint64_t refused = 0;         // beyond a limit of the engine
  std::uint64_t stuck = 0;           // fit no node, or wait behind a job that fits none
  std::uint64_t steps = 0;           // of the engine
  double mean_bounded_slowdown = 0;  // of max(1, (wait + run) / max(run, 10 s))
  double mean_wait = 0;
  double max_wait = 0;
  double makespan = 0;     // from the first submission to the last end
  double utilisation = 0;  // cpu time used / (cpus of all nodes x makespan)
};

/// Runs the whole workload on the modelled cluster, to its end. Deterministic; no file, thread or
/// clock.
/// Error: invalid_argument when there is no node or a job's run or estimate is not positive.
Result<Simulation> simulate(const Workload& workload, const SimulationOptions& options);

}  // namespace retz
