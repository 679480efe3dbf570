// What a real server did, as a workload and the schedule that it had.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "retz/simulator.hpp"
#include "retz/store.hpp"
#include "retz/workload.hpp"

namespace retz::cli {

struct HistoryOptions {
  std::optional<Instant> from = {}, until = {};  // of the submission: [from, until)
  bool keep_conditions = false;                  // on nodes; no store tells what nodes are like
};

struct History {
  Instant begin{};  // time 0 of the workload: the first submission
  Workload workload = {};
  /// Those that jobs ran on, each as large as the most that was in use there at once: the store
  /// does not tell how large they are.
  std::vector<SimulatedNode> nodes = {};
  Simulation recorded = {};             // what happened; without figures
  std::uint64_t never_ran = 0;          // ended without an attempt: not in the workload
  std::uint64_t still_live = 0;         // not in the workload either
  std::uint64_t without_condition = 0;  // jobs whose conditions were left out
  std::uint64_t of_limited_array = 0;   // whose array might not run more than so many at once
};

/// Jobs that have ended after at least one attempt, by submission. Run time: of the last attempt,
/// from the decision to its end. Estimate: as the server had it, which may have been too short.
/// Earlier attempts count as lost. A job waits for those of its dependencies that are in the
/// workload. Error: of the store.
Result<History> read_history(const Store& store, const HistoryOptions& options);

}  // namespace retz::cli
