// Recorded and generated workloads: what a simulation plays. Readers and writers of the formats in
// which they are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retz/resources.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz {

/// A job of a workload.
struct WorkloadJob {
  std::uint64_t number = 0;  // as the log names it
  Duration submit{0};        // since the start of the log
  Duration run{0};           // how long it runs once started; at most `estimate`, > 0
  Duration estimate{0};      // what its user asked for
  Request request = {};
  std::string user = {};
  std::int32_t priority = 0;
  std::vector<std::uint32_t> after = {};     // waits for these: indices into Workload::jobs
  std::optional<Duration> recorded_start{};  // when it really started, where the log tells
};

/// A line that is no runnable job.
struct WorkloadProblem {
  std::size_t line = 0;      // from 1; 0: the whole file
  std::string message = {};  // names the field
};

struct Workload {
  std::vector<WorkloadJob> jobs = {};  // in the order of the log
  std::int64_t processors = 0;         // of the machine it was recorded on; 0: not told
  std::uint64_t dropped = 0;           // lines that are no runnable job, malformed ones included
  std::vector<WorkloadProblem> malformed = {};  // at most the first 100 of them
};

/// What to do with a line that cannot be read.
enum class Malformed : std::uint8_t {
  skipped,  // counted and told in Workload::malformed
  refused,  // the whole file is an error
};

struct SwfOptions {
  std::int64_t processors = 0;  // of the machine; 0: MaxProcs of the log's header, else MaxNodes
  Malformed malformed = Malformed::refused;
};

/// Reads a log in the Standard Workload Format (Chapin et al., JSSPP 1999).
/// One processor is one cpu. Processors: the requested ones, else the allocated ones; estimate: the
/// requested time, else the run time; a job is killed at its estimate; recorded start: submission
/// and wait time. Dropped: jobs without processors or with more than the machine has, with a run
/// time <= 0, or a submission before 0.
/// Error: invalid_argument naming the line, or that the machine's size is not known.
Result<Workload> parse_swf(std::string_view text, const SwfOptions& options = {});

struct CsvOptions {
  Malformed malformed = Malformed::refused;
};

/// Reads comma-separated values with named columns, in any order; the first line names them:
/// `submit`, `run` (both needed; s, decimals allowed), `estimate` (s; else the run time), `cpus`
/// (decimals allowed; 1), `mem`, `disk` (MiB; 0), `gpus` (whole devices), `gpu_share` (part of one,
/// 0..1), `gpu_models` (A|B), `user`, `priority`, `number` (else the line's, from 1), `start` (s;
/// recorded), `after` (numbers of the jobs it waits for, 3|17). `custom.NAME`: a scalar of one's
/// own. Unknown columns are an error that names the known ones.
Result<Workload> parse_csv(std::string_view text, const CsvOptions& options = {});

/// A file, plain or gzip, by its content: CSV where the first line names a column `submit`, else
/// SWF. Error: also io_error, too_large (more than 1 GiB of text).
Result<Workload> read_workload(const std::string& path, const SwfOptions& options = {});
Result<Workload> read_swf(const std::string& path, const SwfOptions& options = {});

/// As text of either format, what it cannot hold left out: SWF knows whole cpus, memory a cpu, and
/// users by number.
std::string to_swf(const Workload& workload);
std::string to_csv(const Workload& workload);

/// Rigid jobs after U. Lublin and D. Feitelson, "The workload on parallel supercomputers", JPDC
/// 2003: sizes by powers of two, run times hyper-gamma and longer with the size, arrivals by a
/// daily cycle. Estimates are the run time rounded up to what people type.
struct LublinOptions {
  std::uint64_t jobs = 10'000;    // 1..10,000,000
  std::int64_t processors = 256;  // 1..1,000,000
  double load = 0.8;              // offered: cpu time submitted / (processors x time); 0.001..1000
  std::uint64_t seed = 1;
};
Result<Workload> generate_lublin(const LublinOptions& options);

/// Jobs that each fill part of one machine: nightly peaks, many small and a few big ones, with cpu,
/// memory and some GPUs. Its `processors` are the cpus of all nodes.
struct BatchMixOptions {
  std::uint64_t jobs = 10'000;  // 1..10,000,000
  std::int64_t nodes = 20;      // of `node`
  Capacity node = {};           // no amounts: 32 cpus, 128 GiB
  double load = 1.0;            // offered, of the dimension asked for most; 0.001..1000
  std::uint64_t seed = 1;
};
Result<Workload> generate_batch_mix(const BatchMixOptions& options);

/// Submissions moved by up to `most` either way, evenly, reflected at 0 (Tsafrir, Ouaknine,
/// Feitelson, "Reducing performance evaluation sensitivity and variability by input shaking",
/// MASCOTS 2007). Jobs keep their order in the workload, not their order of submission.
/// Requires: no job waits for another, most >= 0.
Workload shaken(Workload workload, Duration most, std::uint64_t seed);

}  // namespace retz
