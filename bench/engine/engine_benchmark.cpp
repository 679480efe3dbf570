// Micro benchmarks of the engine, for profiling and for comparing two builds.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "load.hpp"

namespace {

using namespace retz;

std::shared_ptr<const Planner> planner_of(std::int64_t number) {
  return number == 0 ? planners::strict() : planners::first_fit();
}

std::shared_ptr<const FitRule> rule_of(std::int64_t number) {
  if (number == 0) return fit_rules::first();
  return number == 1 ? fit_rules::best() : fit_rules::worst();
}

void step_that_starts_nothing(benchmark::State& state) {
  Engine engine = bench::full_engine(planner_of(state.range(0)));
  bench::queue_jobs(engine, static_cast<std::size_t>(state.range(1)));
  const std::vector<Event> events = {Event{TimePassed{}}};
  for (auto _ : state) benchmark::DoNotOptimize(engine.step(events, Instant{}).decisions.size());
}
BENCHMARK(step_that_starts_nothing)
    ->ArgNames({"first_fit", "jobs"})
    ->ArgsProduct({{0, 1}, {1'000, 100'000, 1'000'000}});

void submit_a_hundred(benchmark::State& state) {
  Engine engine = bench::full_engine(planners::first_fit());
  std::uint64_t next = 2;
  for (auto _ : state) {
    state.PauseTiming();
    const auto events = bench::submissions(next, 100);
    next += 100;
    state.ResumeTiming();
    benchmark::DoNotOptimize(engine.step(events, Instant{}).changes.size());
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(submit_a_hundred)->Iterations(5'000);

void one_end_and_one_start(benchmark::State& state) {
  Engine engine = bench::full_engine(planner_of(state.range(0)));
  bench::queue_jobs(engine, 1'000'000);
  std::vector<AttemptRef> live;
  const auto follow = [&](const Step& step) {
    for (const auto& decision : step.decisions) {
      if (const auto* start = std::get_if<StartAttempt>(&decision)) live.push_back(start->attempt);
    }
  };
  follow(engine.step(std::vector<Event>{{AttemptEnded{{JobId{1}, 1}, {}, {}}}}, Instant{}));
  std::size_t next = 0;
  for (auto _ : state) {
    const std::vector<Event> events = {{AttemptEnded{live[next++], {}, {}}}};
    follow(engine.step(events, Instant{}));
  }
}
BENCHMARK(one_end_and_one_start)->ArgNames({"first_fit"})->Arg(0)->Arg(1)->Iterations(20'000);

void place_on_a_thousand_nodes(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Engine engine = bench::cluster_engine(1'000, rule_of(state.range(0)));
    const auto events = bench::small_jobs(1, 64'000);
    state.ResumeTiming();
    benchmark::DoNotOptimize(engine.step(events, Instant{}).decisions.size());
  }
  state.SetItemsProcessed(state.iterations() * 64'000);
}
BENCHMARK(place_on_a_thousand_nodes)
    ->ArgNames({"first0_best1_worst2"})
    ->Arg(0)
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
