// Runs of the simulator as one HTML page: self-contained, no network, readable in print and without
// JavaScript.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "retz/result.hpp"
#include "retz/simulator.hpp"
#include "retz/time.hpp"
#include "retz/workload.hpp"

namespace retz {

/// Where a Gantt chart looks: [from, until), since the start of the log.
struct ReportWindow {
  Duration from{0};
  Duration until{0};
};

/// The time when most work would wait if the machines could be filled without a gap: the same for
/// every policy. As long as two hundred submissions around it, at least as twice the jobs that make
/// up most of their work.
ReportWindow busiest_window(const Workload& workload, const std::vector<SimulatedNode>& nodes);

/// What a page shows of one run, as a JSON document of some 100 KB whatever the size of the log; it
/// can be kept in a file and drawn later, beside others. `label`: the run's name in legends
/// ("smallest_area + easy"). Requires: `simulation` is of this workload and these nodes.
std::string run_figures(const std::string& label, const Workload& workload,
                        const std::vector<SimulatedNode>& nodes, const Simulation& simulation,
                        std::optional<ReportWindow> window = {});

/// The first column is text, the others are numbers. Requires: as many cells a row as columns.
struct ReportTable {
  std::string title = {};
  std::string note = {};  // a sentence for people, or empty
  std::vector<std::string> columns = {};
  std::vector<std::vector<std::string>> rows = {};
};

/// Runs that are drawn into the same charts: one workload under one or several policies.
struct ReportSection {
  std::string title = {};
  std::string note = {};
  std::vector<ReportTable> tables = {};
  std::vector<std::string> runs = {};  // of run_figures
};

struct Report {
  std::string title = {};
  std::string summary = {};  // a sentence or two
  std::string command = {};  // the command line that makes it again
  std::vector<ReportTable> tables = {};
  std::vector<ReportSection> sections = {};
};

/// The page. Texts may hold anything: they are escaped.
/// Error: invalid_argument where `runs` holds what run_figures did not write.
Result<std::string> html_report(const Report& report);

}  // namespace retz
