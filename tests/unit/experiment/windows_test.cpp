// Windows of the log Lublin-1 against the table of RLScheduler (Zhang et al., SC 2020).
#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "retz/experiment.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

constexpr std::array<std::size_t, 10> firsts{1981, 2756, 4299, 8850, 3316,
                                             2714, 5228, 7762, 4022, 7085};

const Workload& lublin() {
  static const Workload workload = [] {
    auto read = read_swf(RETZ_WORKLOADS "/lublin_256.swf.gz");
    REQUIRE(read);
    return std::move(*read);
  }();
  return workload;
}

// To the digits that are printed.
double printed(double sum) {
  return std::round(sum / static_cast<double>(firsts.size()) * 100) / 100;
}

double sticky(StickyOrder order, bool backfill) {
  double sum = 0;
  for (const std::size_t first : firsts) {
    const auto window = window_of(lublin(), first, 1024);
    REQUIRE(window);
    const auto score = sticky_head(*window, lublin().processors, order, backfill);
    REQUIRE(score);
    sum += *score;
  }
  return printed(sum);
}

double replanned(const char* ordering) {
  SimulationOptions options;
  options.engine.policy.ordering = *make_ordering(ordering);
  options.engine.policy.planner = planners::strict();
  options.nodes = one_node(lublin().processors);
  double sum = 0;
  for (const std::size_t first : firsts) {
    const auto window = window_of(lublin(), first, 1024);
    REQUIRE(window);
    const auto simulation = simulate(*window, options);
    REQUIRE(simulation);
    CHECK(simulation->jobs.size() == 1024);
    sum += simulation->metrics.mean_bounded_slowdown;
  }
  return printed(sum);
}

}  // namespace

TEST_CASE("the harness of RLScheduler gives the published figures of Lublin-1 without backfill") {
  CHECK(sticky(StickyOrder::fcfs, false) == 7273.77);
  CHECK(sticky(StickyOrder::wfp3, false) == 19753.53);
  CHECK(sticky(StickyOrder::unicep, false) == 22274.74);
  CHECK(sticky(StickyOrder::sjf, false) == 277.35);
  CHECK(sticky(StickyOrder::f1, false) == 258.37);
}

TEST_CASE("the harness of RLScheduler gives the published figures of Lublin-1 with backfill") {
  CHECK(sticky(StickyOrder::fcfs, true) == 235.82);
  CHECK(sticky(StickyOrder::wfp3, true) == 133.87);
  CHECK(sticky(StickyOrder::unicep, true) == 307.23);
  CHECK(sticky(StickyOrder::sjf, true) == 73.31);
  CHECK(sticky(StickyOrder::f1, true) == 75.07);
}

TEST_CASE("planned anew at each event, Lublin-1 without backfill does far better") {
  CHECK(replanned("shortest_estimate") == 47.16);
  CHECK(replanned("p_sqrt_n_bounded") == 17.69);
}

TEST_CASE("a window is consecutive jobs by number, and must lie within the log") {
  Workload log{.jobs = {}, .processors = 4};
  for (const std::uint64_t number : {3U, 1U, 2U}) {
    log.jobs.push_back({.number = number, .submit = seconds(number)});
  }
  const auto window = window_of(log, 1, 2);
  REQUIRE(window);
  CHECK(window->processors == 4);
  CHECK(window->jobs.at(0).number == 2);
  CHECK(window->jobs.at(1).number == 3);
  CHECK(window_of(log, 2, 2).error().field == "first");
  CHECK(window_of(log, 4, 1).error().field == "first");
}

TEST_CASE("the pick is held on to, and only what ends before its start may pass it") {
  const auto job = [](int submit, int run, int cpus) {
    WorkloadJob made{.submit = seconds(submit), .run = seconds(run), .estimate = seconds(run)};
    made.request.amounts.cpus = cpus * 1000;
    return made;
  };
  // The wide one is picked at 1 and waits until 100; a shorter one that came later fits meanwhile.
  const Workload window{.jobs = {job(0, 100, 3), job(1, 100, 4), job(2, 50, 1)}};
  CHECK(sticky_head(window, 4, StickyOrder::fcfs, false) ==
        doctest::Approx((1 + 1.99 + 248.0 / 50) / 3));
  CHECK(sticky_head(window, 4, StickyOrder::fcfs, true) == doctest::Approx((1 + 1.99 + 1) / 3));
  CHECK(sticky_head(window, 3, StickyOrder::fcfs, true).error().field == "processors");
  CHECK(make_sticky_order("lifo").error().field == "ordering");
}
