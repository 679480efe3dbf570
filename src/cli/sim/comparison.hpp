// What a matrix of runs says: means, intervals, differences against the first policy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/sim/matrix.hpp"
#include "cli/sim/statistics.hpp"
#include "retz/report.hpp"

namespace retz::cli {

/// A figure of a result that policies are compared by.
struct Measure {
  enum class Unit : std::uint8_t { plain, seconds, part };
  const char* key;    // in the document of a run
  const char* title;  // for people
  Unit unit = Unit::plain;
  bool smaller_is_better = true;
};
const std::vector<Measure>& measures();

/// One policy on one workload. Figures of a run in which no job ran are NaN.
struct Compared {
  std::string workload = {};
  std::string policy = {};
  std::size_t runs = 0;
  bool first = false;                      // the one that the others of the workload stand against
  std::vector<Estimate> means = {};        // of measures(), in their order
  std::vector<Estimate> differences = {};  // against the first
  std::vector<Estimate> bases = {};        // means of the first
  std::uint64_t refused = 0, stuck = 0;    // jobs, of all runs
  std::uint64_t ran = 0;
};

/// Names of what is compared, and how.
struct Comparison {
  std::vector<std::string> workloads = {};  // as shown
  std::vector<std::string> policies = {};
  std::size_t seeds = 1;
  std::string shake = {};
  std::string command = {};
};

/// By workload, then by policy. Requires: as many results as cells.
std::vector<Compared> compared(const Comparison& what, const std::vector<Cell>& cells,
                               const std::vector<CellResult>& results);

std::string comparison_text(const Comparison& what, const std::vector<Compared>& rows);
/// A line for each workload, policy and measure.
std::string comparison_csv(const std::vector<Compared>& rows);
nlohmann::ordered_json comparison_json(const Comparison& what, const std::vector<Compared>& rows,
                                       const std::vector<CellResult>& results);
Report comparison_report(const Comparison& what, const std::vector<Compared>& rows,
                         const std::vector<Cell>& cells, const std::vector<CellResult>& results);

}  // namespace retz::cli
