// The charts of a section: a canvas that the script fills, a sentence, and the numbers as a table.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "report/page.hpp"
#include "report/text.hpp"

namespace retz::report {
namespace {

constexpr std::size_t table_rows = 20;  // of a curve over time

struct Chart {
  std::string kind = {};  // as the script knows it
  std::string resource = {};
  std::string title = {};
  std::string sentence = {};
  std::vector<std::string> columns = {};
  std::vector<Cells> rows = {};
};

std::string chart_html(std::size_t section, const Chart& chart) {
  std::string out = "<figure>\n<figcaption><h3>" + escaped(chart.title) + "</h3><p>" +
                    escaped(chart.sentence) + "</p></figcaption>\n";
  out += "<div class=\"plot\"><canvas role=\"img\" data-section=\"" + std::to_string(section) +
         "\" data-kind=\"" + chart.kind + "\" data-resource=\"" + escaped(chart.resource) +
         "\" aria-label=\"" + escaped(chart.title + ". " + chart.sentence) +
         " The numbers are in the table below.\"></canvas></div>\n";
  out += "<details><summary>Numbers</summary>\n" + table_html(chart.columns, chart.rows) +
         "</details>\n</figure>\n";
  return out;
}

std::vector<std::string> columns_of(std::string first, const std::vector<Figures>& runs) {
  std::vector<std::string> out{std::move(first)};
  for (const Figures& run : runs) out.push_back(run.label);
  return out;
}

/// Mean of the buckets of one row of the table.
std::string mean_of(const std::vector<double>& curve, std::size_t row, bool as_percent) {
  const std::size_t from = row * curve.size() / table_rows;
  const std::size_t until = (row + 1) * curve.size() / table_rows;
  if (until <= from) return "-";
  double sum = 0;
  for (std::size_t i = from; i < until; ++i) sum += curve[i];
  const double mean = sum / static_cast<double>(until - from);
  return as_percent ? percent(mean) : number(mean);
}

/// Curves of several runs go by each run's own time, given as a part of its makespan.
template <class CurveOf>
void add_rows_over_time(Chart& chart, const std::vector<Figures>& runs, bool as_percent,
                        CurveOf curve_of) {
  for (std::size_t i = 0; i < table_rows; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(table_rows);
    const Figures& first = runs.front();
    Cells row{runs.size() == 1 ? duration(part * first.bucket * static_cast<double>(bucket_count))
                               : percent(part)};
    for (const Figures& run : runs) row.push_back(mean_of(curve_of(run), i, as_percent));
    chart.rows.push_back(std::move(row));
  }
}

std::string first_column(const std::vector<Figures>& runs) {
  return runs.size() == 1 ? "Since the first submission" : "Part of the run's makespan";
}

Chart use_of_one_run(const Figures& run) {
  Chart chart{.kind = "use", .title = "Resources in use over time"};
  std::string parts;
  chart.columns = {"Since the first submission"};
  for (const UseOverTime& use : run.use) chart.columns.push_back(use.resource);
  for (const ResourceUse& use : run.metrics.resources) {
    parts += (parts.empty() ? "" : ", ") + percent(use.utilisation) + " of " + use.name;
  }
  chart.sentence = "On average " + parts + " in use, as a part of all nodes.";
  for (std::size_t i = 0; i < table_rows; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(table_rows);
    Cells row{duration(part * run.bucket * static_cast<double>(bucket_count))};
    for (const UseOverTime& use : run.use) row.push_back(mean_of(use.used, i, true));
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

std::vector<Chart> use_charts(const std::vector<Figures>& runs) {
  std::vector<Chart> out;
  if (runs.size() == 1) {
    if (!runs.front().use.empty()) out.push_back(use_of_one_run(runs.front()));
    return out;
  }
  for (const UseOverTime& use : runs.front().use) {
    Chart chart{.kind = "use",
                .resource = use.resource,
                .title = "Use of " + use.resource + " over time",
                .sentence = "Part of all " + use.resource + " in use; a line for each run.",
                .columns = columns_of(first_column(runs), runs)};
    static const std::vector<double> none;
    add_rows_over_time(chart, runs, true, [&](const Figures& run) -> const std::vector<double>& {
      for (const UseOverTime& other : run.use) {
        if (other.resource == use.resource) return other.used;
      }
      return none;
    });
    out.push_back(std::move(chart));
  }
  return out;
}

Chart queue_chart(const std::vector<Figures>& runs) {
  Chart chart{.kind = "queue",
              .title = "Jobs waiting over time",
              .columns = columns_of(first_column(runs), runs)};
  std::uint64_t most = 0;
  for (const Figures& run : runs) most = std::max(most, run.longest_queue);
  chart.sentence = "Submitted and not started, averaged over steps of " +
                   duration(runs.front().bucket) + "; at most " + with_commas(most) + " at once.";
  add_rows_over_time(chart, runs, false,
                     [](const Figures& run) -> const std::vector<double>& { return run.queue; });
  return chart;
}

Chart wait_chart(const std::vector<Figures>& runs) {
  Chart chart{.kind = "waits",
              .title = "How long jobs waited",
              .columns = columns_of("Part of the jobs", runs)};
  const auto at = [](const Figures& run, std::size_t i) {
    return i < run.waits.size() ? duration(run.waits[i]) : std::string("-");
  };
  if (runs.size() == 1) {
    const bool most_never = runs.front().waits[quantile_count / 2] <= 0;
    chart.sentence =
        (most_never ? "Half of the jobs did not wait"
                    : "Half of the jobs waited at most " + at(runs.front(), quantile_count / 2)) +
        ", 95 % waited at most " + at(runs.front(), quantile_count * 95 / 100) + ".";
  } else {
    chart.sentence = "Part of the jobs that waited at most so long; further left is better.";
  }
  for (const std::size_t part : {10U, 25U, 50U, 75U, 90U, 95U, 99U, 100U}) {
    Cells row{std::to_string(part) + " % at most"};
    for (const Figures& run : runs) row.push_back(at(run, quantile_count * part / 100));
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

Chart size_chart(const std::vector<Figures>& runs) {
  Chart chart{.kind = "sizes",
              .title = "Bounded slowdown by size of job",
              .sentence =
                  "Mean of max(1, (wait + run) / max(run, 10 s)) by the cpus asked for; 1 "
                  "is no wait at all.",
              .columns = {"cpus", "Jobs"}};
  for (const Figures& run : runs) {
    const std::string name = runs.size() == 1 ? "" : run.label + ": ";
    for (const char* what : {"mean", "median", "95 %"}) chart.columns.push_back(name + what);
  }
  for (const SizeClass& size : runs.front().sizes) {
    Cells row{size.cpus, with_commas(size.jobs)};
    for (const Figures& run : runs) {
      const auto found = std::find_if(run.sizes.begin(), run.sizes.end(),
                                      [&](const SizeClass& s) { return s.cpus == size.cpus; });
      const bool there = found != run.sizes.end();
      row.push_back(there ? number(found->mean) : "-");
      row.push_back(there ? number(found->median) : "-");
      row.push_back(there ? number(found->p95) : "-");
    }
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

Chart user_chart(const std::vector<Figures>& runs) {
  Chart chart{.kind = "users",
              .title = "Mean wait by user",
              .sentence = "The users with the most cpu time, and their share of it.",
              .columns = {"User", "Jobs", "Share of cpu time"}};
  for (const Figures& run : runs) {
    const std::string name = runs.size() == 1 ? "" : run.label + ": ";
    chart.columns.push_back(name + "mean wait");
    chart.columns.push_back(name + "mean bounded slowdown");
  }
  for (const UserFigures& user : runs.front().users) {
    Cells row{user_name(user.name), with_commas(user.jobs), percent(user.share)};
    for (const Figures& run : runs) {
      const auto found = std::find_if(run.users.begin(), run.users.end(),
                                      [&](const UserFigures& u) { return u.name == user.name; });
      const bool there = found != run.users.end();
      row.push_back(there ? duration(found->mean_wait) : "-");
      row.push_back(there ? number(found->mean_slowdown) : "-");
    }
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

Chart share_chart(const Figures& run) {
  Chart chart{.kind = "shares",
              .title = "Cpus in use by user over time",
              .sentence = "Part of all cpus, stacked; the users with the most cpu time.",
              .columns = {"Since the first submission"}};
  for (const UserFigures& user : run.users) chart.columns.push_back(user_name(user.name));
  for (std::size_t i = 0; i < table_rows; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(table_rows);
    Cells row{duration(part * run.bucket * static_cast<double>(bucket_count))};
    for (const UserFigures& user : run.users) row.push_back(mean_of(user.used, i, true));
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

}  // namespace

std::string charts_html(std::size_t section, const std::vector<Figures>& all) {
  // A run in which no job ran has no curves; the script leaves it out too.
  std::vector<Figures> runs;
  std::copy_if(all.begin(), all.end(), std::back_inserter(runs),
               [](const Figures& run) { return !run.queue.empty(); });
  if (runs.empty()) return {};
  std::vector<Chart> charts = use_charts(runs);
  charts.push_back(queue_chart(runs));
  charts.push_back(wait_chart(runs));
  charts.push_back(size_chart(runs));
  charts.push_back(user_chart(runs));
  if (runs.size() == 1) charts.push_back(share_chart(runs.front()));
  std::string out = "<div class=\"charts\">\n";
  for (const Chart& chart : charts) out += chart_html(section, chart);
  return out + "</div>\n";
}

}  // namespace retz::report
