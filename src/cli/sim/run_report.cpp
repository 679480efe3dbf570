#include "cli/sim/run_report.hpp"

#include <optional>

#include <CLI/App.hpp>

#include "cli/sim/command_line.hpp"
#include "cli/sim/files.hpp"
#include "retz/json.hpp"

namespace retz::cli {

void add_report_options(CLI::App& command, RunReport& report) {
  command.add_option("--report", report.file, "HTML page to write: charts, figures, who ran where");
  command.add_option("--window", report.window,
                     "What its Gantt chart shows, from and length: 3d+12h; else the busiest time");
}

Result<ReportWindow> window_from_text(const std::string& text) {
  const std::size_t plus = text.find('+');
  const auto from = duration_from_text(text.substr(0, plus));
  const auto length = plus == std::string::npos ? duration_from_text("")
                                                : duration_from_text(text.substr(plus + 1));
  if (!from || !length || *from < Duration{0} || *length <= Duration{0}) {
    return fail(Errc::invalid_argument,
                "is \"" + text + "\" but must be FROM+LENGTH, since the start of the log: 3d+12h",
                "--window");
  }
  return ReportWindow{.from = *from, .until = *from + *length};
}

Result<void> check_report(const RunReport& report, bool document) {
  if (!report.window.empty()) {
    const auto read = window_from_text(report.window);
    if (!read) return tl::unexpected(read.error());
    if (report.file.empty()) {
      return fail(Errc::invalid_argument, "is of a page: give --report too", "--window");
    }
  }
  return check_output(report.file, "--report", document);
}

std::string policy_label(const Policy& policy) {
  std::string out;
  out += policy.ordering ? policy.ordering->name() : "fifo";
  out += " + ";
  out += policy.planner ? policy.planner->name() : "first_fit";
  if (policy.backfill_order) {
    out += ", backfill ";
    out += policy.backfill_order->name();
  }
  return out;
}

Result<void> write_report(const RunReport& report, const PreparedRun& prepared,
                          const Simulation& simulation) {
  if (report.file.empty()) return {};
  std::optional<ReportWindow> window;
  if (!report.window.empty()) {
    const auto read = window_from_text(report.window);
    if (!read) return tl::unexpected(read.error());
    window = *read;
  }
  const auto& nodes = prepared.options.nodes;
  const std::string label = policy_label(prepared.options.engine.policy);
  Report page;
  page.title = "One run: " + label;
  page.summary = std::to_string(prepared.workload.jobs.size()) + " jobs on " +
                 std::to_string(nodes.size()) + (nodes.size() == 1 ? " node." : " nodes.");
  page.command = command_line();
  page.sections.push_back(
      {.runs = {run_figures(label, prepared.workload, nodes, simulation, window)}});
  const auto html = html_report(page);
  if (!html) return tl::unexpected(html.error());
  const auto written = write_file(report.file, *html);
  if (!written) return fail(written.error().code, written.error().message, "--report");
  return {};
}

}  // namespace retz::cli
