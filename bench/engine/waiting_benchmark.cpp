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
    std::vector<double> idle, ends;
    for (int i = 0; i < 1'000; ++i) idle.push_back(loaded.idle() * 1e6);
    loaded.take_starts();
    for (int i = 0; i < 3'000; ++i) ends.push_back(loaded.end_one() * 1e6);
    state.counters["idle_us"] = median(idle);
    state.counters["end_p50_us"] = median(ends);
    state.counters["end_p99_us"] = percentile(ends, 0.99);
    state.counters["starts"] = static_cast<double>(loaded.take_starts());
    state.SetIterationTime(submitting);
  }
}
BENCHMARK(million_waiting)
    ->ArgNames({"ordering", "classes"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, std::size(orderings) - 1, 1),
                   {1'000, 10'000, 100'000}})
    ->Iterations(1)
    ->UseManualTime();

// explain() of the last, the first and a middle job, of each shape one.
void explain_one_of_a_million(benchmark::State& state) {
  ClusterLoad load;
  load.classes = static_cast<std::size_t>(state.range(0));
  LoadedEngine loaded(load, policy_of("fifo", "easy"));
  loaded.queue();
  std::uint64_t job = 640'000;
  for (auto _ : state) {
    job = 640'000 + (job * 48271 + 1) % 990'000;
    benchmark::DoNotOptimize(loaded.engine().explain(JobId{job}));
  }
}
BENCHMARK(explain_one_of_a_million)
    ->ArgName("classes")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace retz::bench
