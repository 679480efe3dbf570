// Every workload under every policy with every seed, on all cores; what has been run is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/sim/run_config.hpp"
#include "retz/result.hpp"

namespace retz::cli {

/// One run of the matrix.
struct Cell {
  std::size_t workload = 0;  // indices into what is compared
  std::size_t policy = 0;
  std::size_t seed = 0;
  RunConfig config = {};
  std::string label = {};  // of the policy
};

struct CellResult {
  std::string result = {};   // the document of `retz-sim run --json`
  std::string figures = {};  // of run_figures; empty but for the first seed
};

struct MatrixOptions {
  std::string folder = {};   // one JSON file a finished cell; empty: nothing is kept
  std::size_t workers = 0;   // threads; 0: one a core
  std::string program = {};  // what computes: a cell of another program is run again
};

struct Progress {
  std::size_t done = 0, kept = 0, all = 0;  // kept: of `done`, found finished
};

/// The results in the order of the cells. `tell` is called from one thread, now and then and at the
/// end. Kept files are written as a whole; one is used again where configuration, program and the
/// bytes of the input files are the same.
/// Error: of the first cell that failed; what had been finished is kept.
Result<std::vector<CellResult>> run_matrix(const std::vector<Cell>& cells,
                                           const MatrixOptions& options,
                                           const std::function<void(const Progress&)>& tell);

}  // namespace retz::cli
