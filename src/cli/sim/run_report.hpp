// The page of one run.
#pragma once

#include <string>

#include "cli/sim/run_config.hpp"
#include "retz/report.hpp"

namespace CLI {
class App;
}

namespace retz::cli {

struct RunReport {
  std::string file = {};    // empty: no page
  std::string window = {};  // "3d+12h": of the Gantt chart, from and length; empty: the busiest
};

void add_report_options(CLI::App& command, RunReport& report);

/// "3d+12h". Error: invalid_argument with the option.
Result<ReportWindow> window_from_text(const std::string& text);

/// Before the run: that the page can be written and its window be read. `document`: the standard
/// output holds one already. Error: `field` is the option.
Result<void> check_report(const RunReport& report, bool document);

/// "fifo + easy".
std::string policy_label(const Policy& policy);

/// Nothing where no page is wanted. Error: `field` is the option.
/// Requires: check_report finds nothing.
Result<void> write_report(const RunReport& report, const PreparedRun& prepared,
                          const Simulation& simulation);

}  // namespace retz::cli
