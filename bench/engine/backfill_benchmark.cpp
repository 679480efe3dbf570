// Reservations: a pass of `easy` over a hundred thousand waiting jobs, a change under
// `conservative` with ten thousand, on a thousand nodes in use to 90 %.
#include <benchmark/benchmark.h>

#include "cluster_load.hpp"

namespace retz::bench {
namespace {

ClusterLoad backfill_load(std::size_t waiting) {
  ClusterLoad load;
  load.nodes = 1'000;
  load.waiting = waiting;
  load.shapes = 100;
  load.classes = 100'000;
  load.load = 0.9;
  return load;
}

void changes(benchmark::State& state, const char* planner, int ends) {
  for (auto _ : state) {
    LoadedEngine loaded(backfill_load(static_cast<std::size_t>(state.range(0))),
                        policy_of("fifo", planner));
    const double queueing = loaded.queue(10'000);
    loaded.take_starts();
    std::vector<double> times;
    for (int i = 0; i < ends; ++i) times.push_back(loaded.end_one() * 1e3);
    state.counters["build_ms"] = queueing * 1e3;
    state.counters["change_p50_ms"] = median(times);
    state.counters["change_p99_ms"] = percentile(times, 0.99);
    state.counters["starts"] = static_cast<double>(loaded.take_starts());
    state.SetIterationTime(median(times) / 1e3);
  }
}

void easy(benchmark::State& state) {
  changes(state, "easy", 1'000);
}
BENCHMARK(easy)
    ->ArgName("waiting")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Iterations(1)
    ->UseManualTime();

void conservative(benchmark::State& state) {
  changes(state, "conservative", 200);
}
BENCHMARK(conservative)
    ->ArgName("waiting")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Iterations(1)
    ->UseManualTime();

}  // namespace
}  // namespace retz::bench
