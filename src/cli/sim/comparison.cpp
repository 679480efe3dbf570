#include "cli/sim/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "cli/table.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string number(double value, int decimals) {
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

int decimals_for(double value) {
  const double size = std::abs(value);
  return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
}

/// "92.58 ±1.20"; parts as percentages.
std::string shown(const Measure& measure, const Estimate& mean) {
  const double scale = measure.unit == Measure::Unit::part ? 100.0 : 1.0;
  const double value = mean.mean * scale;
  if (std::isnan(value)) return "-";
  const int decimals = scale > 1 ? 1 : decimals_for(value);
  std::string out = number(value, decimals);
  if (!std::isinf(mean.half_width)) out += " ±" + number(mean.half_width * scale, decimals);
  return out;
}

std::string verdict_of(const Compared& row, std::size_t i) {
  return verdict(row.bases[i], row.means[i], row.differences[i], measures()[i].smaller_is_better);
}

/// "-22.3 % ±1.4, better": relative to the first policy; parts in points.
std::string shown_difference(const Measure& measure, const Compared& row, std::size_t i) {
  if (row.first) return "";
  const Estimate& d = row.differences[i];
  const bool points = measure.unit == Measure::Unit::part;
  const double base = points ? 1.0 : row.bases[i].mean;
  if (base == 0 || std::isnan(d.mean)) return verdict_of(row, i);
  const double scale = 100.0 / base;
  const int decimals = std::abs(d.mean * scale) < 1 ? 2 : 1;
  std::string out =
      (d.mean > 0 ? "+" : "") + number(d.mean * scale, decimals) + (points ? " pt" : " %");
  if (std::isinf(d.half_width)) return out;
  return out + " ±" + number(std::abs(d.half_width * scale), decimals) + ", " + verdict_of(row, i);
}

std::string jobs(std::uint64_t count, const char* what) {
  return std::to_string(count) + (count == 1 ? " job " : " jobs ") + what;
}

/// What the means do not hold: jobs that did not run. Lines.
std::string never_ran(const std::vector<Compared>& rows) {
  std::string out;
  for (const Compared& row : rows) {
    if (row.refused + row.stuck == 0) continue;
    out += row.workload + " under " + row.policy + ": ";
    if (row.stuck > 0) out += jobs(row.stuck, "never could start");
    if (row.stuck > 0 && row.refused > 0) out += ", ";
    if (row.refused > 0) out += jobs(row.refused, "refused");
    out += std::string(row.runs > 1 ? " in all runs together" : "") + "; ";
    out += row.ran == 0 ? "no job ran.\n" : "figures are of the " + jobs(row.ran, "that ran.\n");
  }
  return out;
}

/// Whether any figure of a row depends on the seed.
bool seeds_matter(const std::vector<Compared>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Compared& row) {
    return std::any_of(row.means.begin(), row.means.end(),
                       [](const Estimate& mean) { return mean.half_width > 0; });
  });
}

std::string runs_in_words(const Comparison& what) {
  std::string out = std::to_string(what.seeds) + (what.seeds == 1 ? " run" : " runs") + " of each";
  if (!what.shake.empty()) out += ", submissions moved by up to " + what.shake + " either way";
  return out;
}

const char* const interval_note =
    "± is half of a 95 % confidence interval (Student's t over the seeds). Differences are of runs "
    "with the same seed, against the first policy; \"no difference shown\": their interval holds "
    "0.";

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv_number(double value) {
  if (!std::isfinite(value)) return "";
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace

const std::vector<Measure>& measures() {
  static const std::vector<Measure> all = {
      {"avebsld", "slowdown"},
      {"mean_wait_s", "mean wait, s", Measure::Unit::seconds},
      {"p95_wait_s", "95 % wait, s", Measure::Unit::seconds},
      {"max_wait_s", "longest wait, s", Measure::Unit::seconds},
      {"makespan_s", "makespan, s", Measure::Unit::seconds},
      {"utilization_while_queued", "used while jobs wait, %", Measure::Unit::part, false}};
  return all;
}

std::vector<Compared> compared(const Comparison& what, const std::vector<Cell>& cells,
                               const std::vector<CellResult>& results) {
  // values[workload][policy][measure]: one a seed, in the order of the seeds
  const std::vector<std::vector<double>> none(measures().size());
  std::vector<std::vector<std::vector<std::vector<double>>>> values(
      what.workloads.size(),
      std::vector<std::vector<std::vector<double>>>(what.policies.size(), none));
  std::vector<Compared> counted(what.workloads.size() * what.policies.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Json json = Json::parse(results[i].result);
    for (std::size_t k = 0; k < measures().size(); ++k) {
      auto& of = values[cells[i].workload][cells[i].policy][k];
      of.resize(what.seeds);
      const Json& figure = json.at(measures()[k].key);
      of[cells[i].seed] =
          figure.is_null() ? std::numeric_limits<double>::quiet_NaN() : figure.get<double>();
    }
    Compared& counts = counted[cells[i].workload * what.policies.size() + cells[i].policy];
    counts.ran += json.at("jobs").get<std::uint64_t>();
    counts.refused += json.at("refused").get<std::uint64_t>();
    counts.stuck += json.at("stuck").get<std::uint64_t>();
  }
  std::vector<Compared> out;
  for (std::size_t w = 0; w < what.workloads.size(); ++w) {
    for (std::size_t p = 0; p < what.policies.size(); ++p) {
      Compared row = counted[w * what.policies.size() + p];
      row.workload = what.workloads[w];
      row.policy = what.policies[p];
      row.runs = what.seeds;
      row.first = p == 0;
      for (std::size_t k = 0; k < measures().size(); ++k) {
        row.means.push_back(estimate(values[w][p][k]));
        row.differences.push_back(difference(values[w][0][k], values[w][p][k]));
        row.bases.push_back(estimate(values[w][0][k]));
      }
      out.push_back(std::move(row));
    }
  }
  return out;
}

std::string comparison_text(const Comparison& what, const std::vector<Compared>& rows) {
  const std::string against = what.policies.size() > 1 ? "AGAINST THE FIRST" : "";
  std::vector<Column> columns{{"WORKLOAD"}, {"POLICY"}};
  const std::vector<std::pair<std::size_t, const char*>> shown_ones = {{0, "SLOWDOWN"},
                                                                       {1, "MEAN WAIT, S"}};
  for (const auto& [index, title] : shown_ones) {
    columns.push_back({title, Align::right});
    if (!against.empty()) columns.push_back({against});
  }
  columns.push_back({"95 %, S", Align::right});
  columns.push_back({"LONGEST, S", Align::right});
  columns.push_back({"BUSY, %", Align::right});
  Table table(columns);
  for (const Compared& row : rows) {
    std::vector<std::string> cells{row.workload, row.policy};
    for (const auto& [index, title] : shown_ones) {
      cells.push_back(shown(measures()[index], row.means[index]));
      if (!against.empty()) cells.push_back(shown_difference(measures()[index], row, index));
    }
    for (const std::size_t index : {2U, 3U, 5U}) {
      cells.push_back(shown(measures()[index], row.means[index]));
    }
    table.add(std::move(cells));
  }
  std::string out = table.text() + runs_in_words(what) +
                    ".\nBUSY: of the resource used most, while jobs wait.\n" + never_ran(rows);
  if (what.seeds > 1 && !seeds_matter(rows)) {
    out += "All seeds gave the same figures: the intervals say nothing.\n";
  } else if (what.seeds > 1) {
    out +=
        "±: half of a 95 % confidence interval (Student's t over the seeds). Differences are of "
        "runs with\nthe same seed; \"no difference shown\": their interval holds 0.\n";
  }
  return out;
}

std::string comparison_csv(const std::vector<Compared>& rows) {
  std::string out =
      "workload,policy,runs,measure,mean,half_width,difference,difference_half_width,verdict,"
      "refused,stuck\n";
  for (const Compared& row : rows) {
    for (std::size_t i = 0; i < measures().size(); ++i) {
      const Measure& measure = measures()[i];
      out += csv_field(row.workload) + "," + csv_field(row.policy) + "," +
             std::to_string(row.runs) + "," + measure.key + "," + csv_number(row.means[i].mean) +
             "," + csv_number(row.means[i].half_width) + ",";
      if (row.first) {
        out += ",,";
      } else {
        out += csv_number(row.differences[i].mean) + "," +
               csv_number(row.differences[i].half_width) + "," + verdict_of(row, i);
      }
      out += "," + std::to_string(row.refused) + "," + std::to_string(row.stuck) + "\n";
    }
  }
  return out;
}

Json comparison_json(const Comparison& what, const std::vector<Compared>& rows,
                     const std::vector<CellResult>& results) {
  Json summary = Json::array(), runs = Json::array();
  for (const Compared& row : rows) {
    Json one = {{"workload", row.workload},
                {"policy", row.policy},
                {"runs", row.runs},
                {"refused", row.refused},
                {"stuck", row.stuck}};
    for (std::size_t i = 0; i < measures().size(); ++i) {
      Json figure = {{"mean", row.means[i].mean}, {"half_width", row.means[i].half_width}};
      if (!row.first) {
        figure["difference"] = row.differences[i].mean;
        figure["difference_half_width"] = row.differences[i].half_width;
        figure["verdict"] = verdict_of(row, i);
      }
      one[measures()[i].key] = std::move(figure);
    }
    summary.push_back(std::move(one));
  }
  for (const CellResult& result : results) runs.push_back(Json::parse(result.result));
  return {{"seeds", what.seeds},
          {"shake", what.shake},
          {"summary", std::move(summary)},
          {"runs", std::move(runs)}};
}

Report comparison_report(const Comparison& what, const std::vector<Compared>& rows,
                         const std::vector<Cell>& cells, const std::vector<CellResult>& results) {
  Report page;
  page.title = what.policies.size() == 1 ? "One policy" : "Policies compared";
  page.summary = runs_in_words(what) + ". Charts show the runs of the first seed.";
  page.command = what.command;
  for (std::size_t w = 0; w < what.workloads.size(); ++w) {
    ReportSection section{.title = what.workloads[w]};
    ReportTable table{.title = "Means over the seeds", .note = interval_note};
    table.columns = {"Figure"};
    for (const std::string& policy : what.policies) table.columns.push_back(policy);
    for (std::size_t i = 0; i < measures().size(); ++i) {
      std::vector<std::string> texts{measures()[i].title};
      for (std::size_t p = 0; p < what.policies.size(); ++p) {
        const Compared& row = rows[w * what.policies.size() + p];
        const std::string against = shown_difference(measures()[i], row, i);
        texts.push_back(shown(measures()[i], row.means[i]) +
                        (against.empty() ? "" : " (" + against + ")"));
      }
      table.rows.push_back(std::move(texts));
    }
    if (what.seeds > 1) section.tables.push_back(std::move(table));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].workload == w && cells[i].seed == 0) section.runs.push_back(results[i].figures);
    }
    page.sections.push_back(std::move(section));
  }
  return page;
}

}  // namespace retz::cli
