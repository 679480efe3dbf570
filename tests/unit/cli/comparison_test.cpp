// Policies on command lines, and what is said of a handful of runs.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/sim/comparison.hpp"
#include "cli/sim/policy_word.hpp"
#include "cli/sim/run_report.hpp"
#include "cli/sim/statistics.hpp"

using namespace retz;
using namespace retz::cli;

namespace {

std::string complaint(const std::string& word) {
  const auto read = with_policy({}, word);
  REQUIRE(!read);
  CHECK(read.error().field == "--policy");
  return read.error().message;
}

bool contains(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

std::string shown(const std::vector<double>& first, const std::vector<double>& second,
                  bool smaller_is_better) {
  return verdict(estimate(first), estimate(second), difference(first, second), smaller_is_better);
}

/// The document of a run with these figures and no others.
std::string document(double slowdown, double wait) {
  return nlohmann::ordered_json{
      {"jobs", 9},           {"refused", 0},        {"stuck", 1},
      {"avebsld", slowdown}, {"mean_wait_s", wait}, {"p95_wait_s", 0.0},
      {"max_wait_s", 0.0},   {"makespan_s", 100.0}, {"utilization_while_queued", 0.5}}
      .dump();
}

struct Compare {
  Comparison what = {};
  std::vector<Cell> cells = {};
  std::vector<CellResult> results = {};
};

/// Two policies on one workload, a run a seed.
Compare two_policies(const std::vector<double>& first, const std::vector<double>& second) {
  Compare out{.what = {.workloads = {"log.swf"}, .policies = {"a+b", "c,d"}}};
  out.what.seeds = first.size();
  for (std::size_t s = 0; s < first.size(); ++s) {
    for (std::size_t p = 0; p < 2; ++p) {
      out.cells.push_back({.workload = 0, .policy = p, .seed = s, .config = {}});
      out.results.push_back({.result = document((p == 0 ? first : second)[s], 7.0)});
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a policy in one word says everything that a run needs of it") {
  const auto read =
      with_policy({}, "smallest_area+easy+worst,backfill=shortest,bound=72h,estimates=clairvoyant");
  REQUIRE(read);
  CHECK(read->policy.ordering == "smallest_area");
  CHECK(read->policy.planner == "easy");
  CHECK(read->policy.fit_rule == "worst");
  CHECK(read->policy.backfill_order == "shortest");
  CHECK(read->starvation_bound == "72h");
  CHECK(read->estimates == "clairvoyant");
  RunConfig base;
  base.starvation_bound = "1h";
  CHECK(with_policy(base, "fifo+strict")->starvation_bound == "1h");
  CHECK(with_policy(base, "fifo+strict, fit=best")->policy.fit_rule == "best");
}

TEST_CASE("a policy that is none is told by its word, with the nearest known one") {
  CHECK(contains(complaint("smalest_area+easy"), "did you mean \"smallest_area\"?"));
  CHECK(contains(complaint("fifo+eazy"), "did you mean \"easy\"?"));
  CHECK(contains(complaint("fifo+easy,bakfill=fifo"), "did you mean \"backfill\"?"));
  CHECK(contains(complaint("fifo+easy,backfill=shotest"), "backfill_order"));
  CHECK(contains(complaint("fifo+easy+bst"), "did you mean \"best\"?"));
  CHECK(contains(complaint("fifo"), "ORDERING+PLANNER"));
  CHECK(contains(complaint(""), "ORDERING+PLANNER"));
  CHECK(contains(complaint("fifo+easy,bound"), "KEY=VALUE"));
  CHECK(contains(complaint("fifo+easy,bound=soon"), "bound"));
  CHECK(contains(complaint("fifo+easy,bound=0s"), "longer"));
  CHECK(contains(complaint("fifo+easy,estimates=good"), "requested or clairvoyant"));
  CHECK(contains(complaint("fifo+easy,events=all"), "instant or event"));
}

TEST_CASE("a mean's interval is Student's") {
  // Of t with 4 degrees of freedom, 97.5 %: 2.776445; the deviation of 1..5 is sqrt(2.5).
  const Estimate five = estimate({1, 2, 3, 4, 5});
  CHECK(five.mean == 3);
  CHECK(five.half_width == doctest::Approx(2.776445 * std::sqrt(2.5) / std::sqrt(5.0)));
  // With 1 degree: 12.706205.
  CHECK(estimate({1, 2}).half_width == doctest::Approx(12.706205 * std::sqrt(0.5) / std::sqrt(2)));
  CHECK(std::isinf(estimate({1}).half_width));
  CHECK(estimate({4, 4, 4}).half_width == 0);
}

TEST_CASE("pairs show what means alone would hide, and noise is not sold as a win") {
  const std::vector<double> base{100, 200, 300, 400}, better{99, 198, 299, 398};
  const Estimate pairs = difference(base, better);
  CHECK(pairs.mean == doctest::Approx(-1.5));
  CHECK(shown(base, better, true) == "better");
  CHECK(shown(base, better, false) == "worse");
  CHECK(estimate(base).half_width > 100);
  CHECK(shown(base, {90, 215, 290, 402}, true) == "no difference shown");
  CHECK(shown({1}, {2}, true) == "one run");
  CHECK(shown({1, 1}, {1, 1}, true) == "no difference shown");
}

TEST_CASE("runs that no seed changed show nothing, however far they are apart") {
  CHECK(shown({0.1, 0.1, 0.1}, {0.3, 0.3, 0.3}, true) == "runs do not differ by seed");
  CHECK(shown({1, 2}, {0, 1}, true) == "better");  // constant, but of runs that differ
  const Compare two = two_policies({100, 100}, {50, 50});
  const std::string text = comparison_text(two.what, compared(two.what, two.cells, two.results));
  CHECK(contains(text, "runs do not differ by seed"));
  CHECK(contains(text, "All seeds gave the same figures"));
  CHECK(!contains(text, "better"));
}

TEST_CASE("jobs that did not run are told with the figures of those that did") {
  Compare two = two_policies({100, 110}, {50, 60});
  auto none = nlohmann::ordered_json::parse(two.results[1].result);
  for (const Measure& measure : measures()) none[measure.key] = nullptr;
  none["jobs"] = 0;
  none["refused"] = 10;
  for (const std::size_t i : {1U, 3U}) two.results[i].result = none.dump();
  const auto rows = compared(two.what, two.cells, two.results);
  const std::string text = comparison_text(two.what, rows);
  CHECK(contains(text,
                 "log.swf under a+b: 2 jobs never could start in all runs together; figures "
                 "are of the 18 jobs that ran.\n"));
  CHECK(contains(text,
                 "log.swf under c,d: 2 jobs never could start, 20 jobs refused in all runs "
                 "together; no job ran.\n"));
  CHECK(!contains(text, "nan"));
  const std::string csv = comparison_csv(rows);
  CHECK(contains(csv, "verdict,refused,stuck\n"));
  CHECK(contains(csv, "log.swf,\"c,d\",2,avebsld,,,,,no job ran,20,2\n"));
  CHECK(comparison_json(two.what, rows, two.results)["summary"][1]["refused"] == 20);
}

TEST_CASE("a comparison names means, intervals and verdicts, in words, in CSV and in JSON") {
  const Compare two = two_policies({100, 110, 90}, {50, 61, 39});
  const auto rows = compared(two.what, two.cells, two.results);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].means[0].mean == doctest::Approx(50));
  CHECK(rows[1].differences[0].mean == doctest::Approx(-50));
  const std::string text = comparison_text(two.what, rows);
  CHECK(contains(text, "-50.0 % ±2.5, better"));
  CHECK(contains(text, "no difference shown"));
  const std::string csv = comparison_csv(rows);
  CHECK(contains(csv, "log.swf,\"c,d\",3,avebsld,50,"));
  CHECK(contains(csv, ",-50,2.484137712,better,0,3\n"));
  const auto json = comparison_json(two.what, rows, two.results);
  CHECK(json["summary"][1]["avebsld"]["verdict"] == "better");
  CHECK(json["summary"][1]["mean_wait_s"]["verdict"] == "no difference shown");
  CHECK(!json["summary"][0]["avebsld"].contains("verdict"));
  CHECK(json["runs"].size() == 6);
}

TEST_CASE("one run has no interval, and no verdict in words") {
  const Compare two = two_policies({100}, {50});
  const std::string text = comparison_text(two.what, compared(two.what, two.cells, two.results));
  CHECK(contains(text, "-50.0 %"));
  CHECK(!contains(text, "better"));
  CHECK(!contains(text, "±"));
}

TEST_CASE("a window is a beginning and a length") {
  const auto window = window_from_text("3d+12h");
  REQUIRE(window);
  CHECK(window->from == std::chrono::hours(72));
  CHECK(window->until == std::chrono::hours(84));
  for (const char* text : {"", "3d", "+", "3d+", "3d+0s", "x+1h"}) {
    CHECK(!window_from_text(text));
  }
}
