// Tables of a page: what is shown as a chart is there as numbers too.
#include <algorithm>
#include <utility>

#include "report/page.hpp"
#include "report/text.hpp"

namespace retz::report {
namespace {

std::string cell(const char* element, const std::string& attributes, const std::string& text) {
  return std::string("<") + element + attributes + ">" + escaped(text) + "</" + element + ">";
}

std::string in_seconds_too(double seconds) {
  if (seconds < 120) return duration(seconds);
  return duration(seconds) + " (" + number(seconds) + " s)";
}

template <class Text>
Cells row(std::string title, const std::vector<Figures>& runs, Text text) {
  Cells out{std::move(title)};
  for (const Figures& run : runs) out.push_back(text(run));
  return out;
}

void add_resources(std::vector<Cells>& rows, const std::vector<Figures>& runs) {
  const auto any = std::find_if(runs.begin(), runs.end(),
                                [](const Figures& run) { return !run.metrics.resources.empty(); });
  if (any == runs.end()) return;
  for (std::size_t i = 0; i < any->metrics.resources.size(); ++i) {
    const std::string name = any->metrics.resources[i].name;
    const auto part = [i](double ResourceUse::*member) {
      return [i, member](const Figures& run) {
        if (i >= run.metrics.resources.size()) return std::string("-");
        return percent(run.metrics.resources[i].*member);
      };
    };
    rows.push_back(row("Utilisation of " + name, runs, part(&ResourceUse::utilisation)));
    rows.push_back(
        row("Utilisation of " + name + " while jobs wait", runs, part(&ResourceUse::while_queued)));
  }
}

}  // namespace

std::string table_html(const std::vector<std::string>& columns, const std::vector<Cells>& rows) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& column : columns) out += cell("th", " scope=\"col\"", column);
  out += "</tr></thead><tbody>\n";
  for (const Cells& cells : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += i == 0 ? cell("th", " scope=\"row\"", cells[i]) : cell("td", "", cells[i]);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string metrics_table(const std::vector<Figures>& runs) {
  if (runs.empty()) return {};
  std::vector<std::string> columns{"Figure"};
  for (const Figures& run : runs) columns.push_back(run.label);
  const auto seconds = [](double Metrics::*member) {
    return [member](const Figures& run) {
      return run.jobs == 0 ? "-" : in_seconds_too(run.metrics.*member);
    };
  };
  const auto plain = [](double Metrics::*member) {
    return
        [member](const Figures& run) { return run.jobs == 0 ? "-" : number(run.metrics.*member); };
  };
  const auto count = [](std::uint64_t Figures::*member) {
    return [member](const Figures& run) { return with_commas(run.*member); };
  };
  std::vector<Cells> rows = {
      row("Jobs that ran", runs, count(&Figures::jobs)),
      row("Mean bounded slowdown", runs, plain(&Metrics::mean_bounded_slowdown)),
      row("Largest bounded slowdown", runs, plain(&Metrics::max_bounded_slowdown)),
      row("Mean wait", runs, seconds(&Metrics::mean_wait)),
      row("95th percentile of the wait", runs, seconds(&Metrics::p95_wait)),
      row("Longest wait", runs, seconds(&Metrics::max_wait)),
      row("Mean time from submission to end", runs, seconds(&Metrics::mean_flow)),
      row("Makespan", runs, seconds(&Metrics::makespan)),
      row("Most jobs waiting at once", runs, count(&Figures::longest_queue))};
  add_resources(rows, runs);
  const auto any = [&](std::uint64_t Figures::*member) {
    for (const Figures& run : runs) {
      if (run.*member > 0) return true;
    }
    return false;
  };
  if (any(&Figures::lost)) {
    rows.push_back(row("Attempts lost with their node", runs, count(&Figures::lost)));
  }
  if (any(&Figures::refused)) {
    rows.push_back(row("Jobs refused", runs, count(&Figures::refused)));
  }
  if (any(&Figures::stuck)) {
    rows.push_back(row("Jobs that never could start", runs, count(&Figures::stuck)));
  }
  return table_html(columns, rows);
}

}  // namespace retz::report
