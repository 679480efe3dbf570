// A million jobs that wait on ten thousand nodes: what a submission, an end, and a step in which
// nothing starts cost, by ordering and by the number of classes.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "cluster_load.hpp"

namespace retz::bench {
namespace {

constexpr const char* orderings[] = {
    "fifo", "priority", "shortest", "p_sqrt_n", "smallest_area", "shortest_estimate", "f1", "f2",
    "f3",   "f4",       "wfp3",     "unicef",   "fair_share",    "largest_expansion"};

double heap_bytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

template <class Measure>
std::vector<double> microseconds(int times, const Measure& measure) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) all.push_back(measure() * 1e6);
  return all;
}

// Planners that want to see also the first of those that do not fit.
void under(LoadedEngine& loaded, const std::string& ordering, const std::string& planner,
           benchmark::State& state) {
  loaded.change(policy_of(ordering, planner));
  state.counters["idle_us_" + planner] = median(microseconds(1'000, [&] { return loaded.idle(); }));
  const auto ends = microseconds(1'000, [&] { return loaded.end_one(); });
  state.counters["end_p99_us_" + planner] = percentile(ends, 0.99);
}

// classes: how many; the ordering by its place in the list above.
void million_waiting(benchmark::State& state) {
  ClusterLoad load;
  load.classes = static_cast<std::size_t>(state.range(1));
  const std::string ordering = orderings[state.range(0)];
  state.SetLabel(ordering);
  for (auto _ : state) {
    LoadedEngine loaded(load, policy_of(ordering, "first_fit"));
    const double before = heap_bytes();
    const double submitting = loaded.queue();
    const auto waiting = static_cast<double>(load.waiting);
    state.counters["submit_ns"] = submitting / waiting * 1e9;
    state.counters["bytes_a_job"] = (heap_bytes() - before) / waiting;
    state.counters["idle_us"] = median(microseconds(1'000, [&] { return loaded.idle(); }));
    loaded.take_starts();
    const auto ends = microseconds(3'000, [&] { return loaded.end_one(); });
    state.counters["end_p50_us"] = median(ends);
    state.counters["end_p99_us"] = percentile(ends, 0.99);
    state.counters["starts"] = static_cast<double>(loaded.take_starts());
    // After an end each, so that nothing that was counted for the one before serves the next.
    const auto explained = microseconds(300, [&] {
      loaded.end_one();
      return loaded.explain_one();
    });
    state.counters["explain_p50_us"] = median(explained);
    state.counters["explain_p99_us"] = percentile(explained, 0.99);
    under(loaded, ordering, "strict", state);
    under(loaded, ordering, "easy", state);
    state.SetIterationTime(submitting);
  }
}
BENCHMARK(million_waiting)
    ->ArgNames({"ordering", "classes"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, std::size(orderings) - 1, 1),
                   {1'000, 10'000, 100'000}})
    ->Iterations(1)
    ->UseManualTime();

// What a forecast takes of the engine's time: half of the jobs run, half come before.
void outlook(benchmark::State& state) {
  ClusterLoad load;
  load.nodes = static_cast<std::size_t>(state.range(0)) / 30;  // with some fifteen jobs each
  load.waiting = static_cast<std::size_t>(state.range(0)) / 2;
  LoadedEngine loaded(load, policy_of("fifo", "easy"));
  loaded.queue();
  const JobId last = loaded.last_job();
  for (auto _ : state) {
    if (!loaded.engine().outlook(last, 1'000'000)) state.SkipWithError("no outlook");
  }
}
BENCHMARK(outlook)->ArgName("jobs")->Arg(1'000)->Arg(10'000)->Arg(20'000)->Unit(
    benchmark::kMicrosecond);

}  // namespace
}  // namespace retz::bench
