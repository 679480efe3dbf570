// The page as a whole: figures of runs read back, tables, charts, and everything that a browser
// needs to draw them without asking anybody.
#include <algorithm>
#include <utility>

#include "report/page.hpp"
#include "report/text.hpp"

namespace retz {

using report::escaped;
using report::Figures;

std::string run_figures(const std::string& label, const Workload& workload,
                        const std::vector<SimulatedNode>& nodes, const Simulation& simulation,
                        std::optional<ReportWindow> window) {
  Figures figures{.label = label,
                  .metrics = simulation.metrics,
                  .jobs = simulation.jobs.size(),
                  .refused = simulation.refused,
                  .stuck = simulation.stuck,
                  .lost = simulation.lost.size()};
  report::add_curves(figures, workload, nodes, simulation);
  report::add_distributions(figures, workload, simulation);
  report::add_users(figures, workload, nodes, simulation);
  figures.gantt = report::gantt_of(workload, nodes, simulation,
                                   window ? *window : busiest_window(workload, nodes));
  return report::to_json(figures);
}

namespace {

constexpr std::size_t most_bars = 9000;  // of all Gantt charts of a page: some 1.4 MB

std::string table_of(const ReportTable& table) {
  std::string out;
  if (!table.title.empty()) out += "<h3>" + escaped(table.title) + "</h3>\n";
  if (!table.note.empty()) out += "<p>" + escaped(table.note) + "</p>\n";
  return out + report::table_html(table.columns, table.rows);
}

std::string head(const Report& page) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         // Whatever a log may hold: this page asks nobody for anything.
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
         "<title>" +
         escaped(page.title) + "</title>\n<style>\n" + std::string(report::style_sheet()) +
         "</style>\n<noscript><style>.plot { display: none; }</style></noscript>\n</head>\n";
}

std::string body(const Report& page, const std::vector<std::vector<Figures>>& runs) {
  std::string out = "<body>\n<header>\n<h1>" + escaped(page.title) + "</h1>\n";
  if (!page.summary.empty()) out += "<p>" + escaped(page.summary) + "</p>\n";
  if (!page.command.empty()) {
    out += "<pre><code>" + escaped(page.command) + "</code></pre>\n";
  }
  out += "</header>\n<main>\n";
  for (const ReportTable& table : page.tables) out += table_of(table);
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    const ReportSection& section = page.sections[i];
    out += "<section>\n";
    if (!section.title.empty()) out += "<h2>" + escaped(section.title) + "</h2>\n";
    if (!section.note.empty()) out += "<p>" + escaped(section.note) + "</p>\n";
    for (const ReportTable& table : section.tables) out += table_of(table);
    out += report::metrics_table(runs[i]);
    out += report::charts_html(i, runs[i]);
    out += report::gantts_html(runs[i]);
    out += "</section>\n";
  }
  return out + "</main>\n";
}

/// What the script draws: the curves, without the Gantt charts, which are drawn already.
std::string data(std::vector<std::vector<Figures>> runs) {
  std::string out = "[";
  for (std::vector<Figures>& section : runs) {
    out += out.size() > 1 ? ",[" : "[";
    for (std::size_t i = 0; i < section.size(); ++i) {
      section[i].gantt = {};
      if (section.size() > 1) {
        for (report::UserFigures& user : section[i].users) user.used.clear();
      }
      out += (i > 0 ? "," : "") + report::to_json(section[i]);
    }
    out += "]";
  }
  return out + "]";
}

}  // namespace

Result<std::string> html_report(const Report& page) {
  std::vector<std::vector<Figures>> runs;
  std::size_t gantts = 0;
  for (const ReportSection& section : page.sections) {
    std::vector<Figures>& read = runs.emplace_back();
    for (const std::string& text : section.runs) {
      Result<Figures> figures = report::figures_from_json(text);
      if (!figures) return tl::unexpected(std::move(figures.error()));
      read.push_back(std::move(*figures));
      ++gantts;
    }
  }
  for (std::vector<Figures>& section : runs) {
    for (Figures& run : section) {
      report::shorten(run.gantt, std::max<std::size_t>(60, most_bars / gantts));
    }
  }
  std::string out = head(page) + body(page, runs);
  out += "<footer><p>Made by retz-sim. Charts: Chart.js (MIT licence).</p></footer>\n";
  out += "<!--\n" + std::string(report::chart_library_licence()) + "-->\n";
  out += "<script>" + report::chart_library() + "</script>\n";
  out += "<script type=\"application/json\" id=\"runs\">" +
         report::inside_script(data(std::move(runs))) + "</script>\n";
  out += "<script>\n" + std::string(report::script()) + "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace retz
