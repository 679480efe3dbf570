// How many jobs a second a pass places, by fit rule and number of nodes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "cluster_load.hpp"

namespace retz::bench {
namespace {

constexpr const char* rules[] = {"first", "best", "worst", "dot_product", "fragmentation"};

std::vector<Event> nodes(std::size_t count) {
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= count; ++i) {
    Capacity capacity;
    capacity.amounts = {64'000, 256 * 1024, 0, {}};
    events.push_back({LeaseGranted{LeaseId{i}, "n" + std::to_string(i), LeaseKind::standing,
                                   std::move(capacity)}});
  }
  return events;
}

// One cpu and 1 to 4 GiB: four shapes, as many as fill the nodes, at most 500,000.
std::vector<Event> small_jobs(std::size_t count) {
  std::vector<Event> events;
  for (std::uint64_t id = 1; id <= count; ++id) {
    JobFacts facts;
    facts.id = JobId{id};
    facts.user = "user";
    facts.request.amounts = {1'000, static_cast<std::int64_t>(1 + id % 4) * 1024, 0, {}};
    facts.estimate = std::chrono::hours(1);
    events.push_back({JobSubmitted{std::move(facts)}});
  }
  return events;
}

void place(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(1));
  const std::size_t jobs = std::min<std::size_t>(count * 64, 500'000);
  state.SetLabel(rules[state.range(0)]);
  for (auto _ : state) {
    EngineOptions options;
    options.policy = policy_of("fifo", "first_fit", rules[state.range(0)]);
    Engine engine(std::move(options));
    engine.step(nodes(count), Instant{});
    engine.step(small_jobs(jobs), Instant{}, Pass::none);
    const auto start = std::chrono::steady_clock::now();
    const std::size_t placed = engine.step({}, Instant{}).decisions.size();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(taken.count());
    if (placed != jobs) state.SkipWithError("not every job was placed");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(jobs) * state.iterations());
}
BENCHMARK(place)
    ->ArgNames({"rule", "nodes"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, std::size(rules) - 1, 1),
                   {100, 1'000, 10'000, 100'000}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace retz::bench
