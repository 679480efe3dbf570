// Experiments with which scheduling results were published, beyond one run of a log: windows of a
// log, arrivals that never leave, closed batches packed into bins, workflows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retz/pool.hpp"
#include "retz/resources.hpp"
#include "retz/result.hpp"
#include "retz/simulator.hpp"
#include "retz/workload.hpp"

namespace retz {

// --- Windows of a log (Zhang et al., RLScheduler, SC 2020)

/// `length` consecutive jobs by number, from the `first`th (from 0) on; times stay as in the log.
/// Error: invalid_argument: the log ends before the window does.
Result<Workload> window_of(const Workload& log, std::size_t first, std::size_t length);

/// Who is picked next by the harness of that paper.
enum class StickyOrder : std::uint8_t { fcfs, sjf, wfp3, unicep, f1 };
/// Error: invalid_argument, listing the names there are.
Result<StickyOrder> make_sticky_order(std::string_view name);

/// The harness with which the paper's figures were found, for comparison with them: it picks one
/// job and holds on to it until it fits; meanwhile only `backfill` starts others, those that will
/// have ended by the time at which the picked one is expected to start. Its wfp3 and unicep take
/// the time waited of a job that has not started to be -1 less its submission, which is negative:
/// a defect, repeated here because the published figures have it.
/// Answers the mean bounded slowdown of all jobs. Only cpus count, of one machine.
/// Error: invalid_argument: a job wider than the machine.
Result<double> sticky_head(const Workload& window, std::int64_t processors, StickyOrder order,
                           bool backfill);

// --- Arrivals that never leave (Weng et al., Beware of Fragmentation, USENIX ATC 2023)

/// Nodes and pods of the trace alibaba-gpu-v2023, plain or gzip. Columns of nodes: `sn`,
/// `cpu_milli`, `memory_mib`, `gpu`, `model`; of pods: `cpu_milli`, `memory_mib`, `num_gpu`,
/// `gpu_milli`, `gpu_spec` (A|B; may be absent); others are passed over.
/// Error: invalid_argument naming line and column; io_error.
Result<std::vector<SimulatedNode>> parse_gpu_nodes(std::string_view text);
Result<std::vector<Request>> parse_pods(std::string_view text);
Result<std::vector<SimulatedNode>> read_gpu_nodes(const std::string& path);
Result<std::vector<Request>> read_pods(const std::string& path);

/// The most frequent requests until they are 95 % of all, weights summing up to one, as the paper
/// takes them: memory is not looked at. With the nodes, to tell the reach of each.
std::vector<TypicalRequest> typical_requests(std::span<const Request> requests,
                                             std::span<const SimulatedNode> nodes);

struct ArrivalOptions {
  std::vector<SimulatedNode> nodes = {};
  Policy policy = {};
  double until = 1.3;  // GPUs asked for in all, as a part of those there are; > 0
  std::uint64_t seed = 1;
  /// No request equals another: each asks that the node's attribute `arrival`, which none has, is
  /// not its number. For rules that draw.
  bool distinct = false;
};

/// What was allocated as requests arrived.
struct ArrivalCurve {
  /// By GPUs asked for so far, in whole percent of those there are: the GPUs given, in percent.
  std::vector<double> allocated = {};
  std::uint64_t placed = 0, dropped = 0;
};

/// The requests in an order that the seed draws, then more of them, drawn evenly, until the next
/// would ask for more than `until`; where they are too many, as many of them as it takes are left
/// out. Each is submitted to the engine when the one before is placed or, if it fits nowhere now,
/// dropped. Nothing ends.
/// Error: invalid_argument when there is no GPU or none is asked for.
Result<ArrivalCurve> play_arrivals(std::span<const Request> requests,
                                   const ArrivalOptions& options);

/// Rules of that paper that are not policies of the engine: `random` (seeded; it draws anew for
/// each distinct request), `published_best_fit` and `published_dot_product`; besides, those of
/// make_fit_rule, to which `typical` is given where they take it. Error: invalid_argument, listing
/// the names there are.
Result<std::shared_ptr<const FitRule>> make_arrival_rule(std::string_view name,
                                                         std::vector<TypicalRequest> typical,
                                                         std::uint64_t seed);

// --- Closed batches (Mommessin, Erlebach, Shakhlevich, Computers & Operations Research 2025)

/// Items with sizes in several dimensions, for as few bins as can be. No item is larger than a bin.
struct BinInstance {
  std::string name = {};
  std::vector<std::int64_t> bin = {};                 // by dimension
  std::vector<std::vector<std::int64_t>> items = {};  // in the order of the file
};

/// The VBP format: dimensions, bin, number of items, a line each: sizes and how many of them.
/// Error: invalid_argument naming the line.
Result<BinInstance> parse_bins(std::string_view text, std::string name);
/// A file in VBP format, all *.vbp in a folder and those below it, or a tar archive of them, by
/// name. Error: also io_error.
Result<std::vector<BinInstance>> read_bins(const std::string& path);

enum class BinPacker : std::uint8_t {
  first_fit,  // of shuffled items, as the publication shuffles them
  ffd_l1,     // first fit by decreasing sum of sizes, of the shuffled items
  ffd_linf,   // by decreasing largest size
  ffd_l2,     // by decreasing sum of squares
  packing,    // as the planner `packing`
};
/// Also by the publication's names. Error: invalid_argument, listing the names there are.
Result<BinPacker> make_bin_packer(std::string_view name);
/// How many bins the packer uses. `steps`: how much `packing` tries to save a bin.
std::uint64_t bins_used(const BinInstance& instance, BinPacker packer,
                        std::uint64_t steps = 700'000);

// --- Workflows (WfFormat 1.5)

struct Workflow {
  Workload workload = {};  // a task a job; all submitted at 0
  std::vector<std::string> names = {};
  Duration critical_path{0};      // the longest chain of run times
  Duration recorded_makespan{0};  // 0: not told
};
/// Tasks with a run time of less than a microsecond take one. Cpus: the recorded cores, rounded up
/// to whole ones, at least one. Error: invalid_argument naming the field.
Result<Workflow> parse_workflow(std::string_view text);
/// Plain or gzip. Error: also io_error.
Result<Workflow> read_workflow(const std::string& path);

}  // namespace retz
