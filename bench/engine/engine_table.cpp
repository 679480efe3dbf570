// Prints the engine's figures, each as a median of several runs beside its target or floor.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "floors.hpp"
#include "load.hpp"
#include "retz/simulator.hpp"

namespace {

using namespace retz;

constexpr std::size_t million = 1'000'000;
constexpr std::size_t runs = 5;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double median_of_runs(const std::function<double()>& measure) {
  std::vector<double> values;
  for (std::size_t i = 0; i < runs; ++i) values.push_back(measure());
  return median(values);
}

// What malloc has given out, its own overhead included.
double heap_bytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

void row(const std::string& what, double figure, const char* unit, double reference,
         const char* kind) {
  std::printf("| %-58s | %12.1f %-5s | %12.1f %-7s | %8.4f |\n", what.c_str(), figure, unit,
              reference, kind, figure / reference);
}

void memory_row() {
  const double figure = median_of_runs([] {
    malloc_trim(0);
    const double before = heap_bytes();
    Engine engine = bench::full_engine(planners::first_fit());
    bench::queue_jobs(engine, million);
    return (heap_bytes() - before) / static_cast<double>(million);
  });
  row("memory of a queued job (one million, 100 shapes)", figure, "B", 250, "target");
}

double microseconds_of_step(Engine& engine, const std::vector<Event>& events) {
  return 1e6 * seconds_of([&] { engine.step(events, Instant{}); });
}

void step_rows(const std::string& name, const std::shared_ptr<const Planner>& planner) {
  Engine engine = bench::full_engine(planner);
  bench::queue_jobs(engine, million);
  std::vector<double> idle;
  std::vector<double> submit;
  for (std::uint64_t i = 0; i < 1001; ++i) {
    idle.push_back(microseconds_of_step(engine, {Event{TimePassed{}}}));
    submit.push_back(microseconds_of_step(engine, bench::submissions(10 * million + i, 1)));
  }
  row("a step that starts nothing, million queued, " + name, median(idle), "us", 1000, "target");
  row("a submission that starts nothing, million queued, " + name, median(submit), "us", 1000,
      "target");

  std::vector<AttemptRef> live = {{JobId{1}, 1}};
  std::vector<double> ends;
  for (std::size_t i = 0; i < 10'001; ++i) {
    const std::vector<Event> events = {{AttemptEnded{live[i], {}, {}}}};
    const Step* step = nullptr;
    const double cost = 1e6 * seconds_of([&] { step = &engine.step(events, Instant{}); });
    if (i > 0) ends.push_back(cost);  // the first end fills the whole node
    for (const auto& decision : step->decisions) {
      if (const auto* start = std::get_if<StartAttempt>(&decision)) live.push_back(start->attempt);
    }
  }
  row("one job ends and others start, million queued, " + name, median(ends), "us", 1000, "target");
}

void submit_row() {
  std::vector<double> floors;
  const double figure = median_of_runs([&] {
    Engine engine = bench::full_engine(planners::first_fit());
    std::vector<std::vector<Event>> batches;
    for (std::size_t i = 0; i < 2000; ++i) batches.push_back(bench::submissions(2 + i * 100, 100));
    const auto all = bench::submissions(2, 200'000);
    floors.push_back(seconds_of([&] { bench::keep_jobs(all); }) / 200'000 * 1e9);
    return seconds_of([&] {
             for (const auto& batch : batches) engine.step(batch, Instant{});
           }) /
           200'000 * 1e9;
  });
  row("submitting a job, 100 a step (floor: vector + ordered set)", figure, "ns", median(floors),
      "floor");
}

void placement_row(const std::string& name, const std::shared_ptr<const FitRule>& rule) {
  constexpr std::size_t jobs = 64'000;
  std::vector<double> floors;
  const double figure = median_of_runs([&] {
    Engine engine = bench::cluster_engine(1000, rule);
    const auto events = bench::small_jobs(1, jobs);
    floors.push_back(seconds_of([&] { bench::place_jobs(1000, 64, jobs); }) / jobs * 1e9);
    return seconds_of([&] { engine.step(events, Instant{}); }) / jobs * 1e9;
  });
  row("submit + place a job, 1,000 nodes, " + name + " (floor: one set)", figure, "ns",
      median(floors), "floor");
}

void simulation_row() {
  const auto workload = read_swf(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz");
  if (!workload) return;
  SimulationOptions options;
  options.engine.policy.planner = planners::strict();
  options.nodes = one_node(workload->processors);
  const double figure = median_of_runs([&] {
    const double time = seconds_of([&] { (void)simulate(*workload, options); });
    return static_cast<double>(workload->jobs.size()) / time / 1000;
  });
  // 7,600 jobs/s is what pyss takes for EASY on this log, on the machine of its authors.
  row("simulated jobs of KTH-SP2, fifo strict (peer: pyss, EASY)", figure, "k/s", 7.6, "peer");
}

}  // namespace

int main() {
  std::printf("| %-58s | %18s | %20s | %8s |\n", "figure (median)", "measured", "compared with",
              "ratio");
  std::printf("|---|---|---|---|\n");
  memory_row();
  step_rows("strict", planners::strict());
  step_rows("first_fit", planners::first_fit());
  submit_row();
  placement_row("first", fit_rules::first());
  placement_row("best", fit_rules::best());
  placement_row("worst", fit_rules::worst());
  simulation_row();
  return 0;
}
