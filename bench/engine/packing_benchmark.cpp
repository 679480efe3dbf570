// Fenzo's own case (its TestLotsOfTasks): hosts of 8 cpus; a fifth of all cpus asked by tasks of 1
// cpu, two fifths by tasks of 4, the rest by tasks of 6, filled up with tasks of 1; in random
// order, 200 a batch.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "cluster_load.hpp"

namespace retz::bench {
namespace {

constexpr std::size_t host_cpus = 8;
constexpr std::size_t batch = 200;

std::vector<std::size_t> tasks(std::size_t hosts) {
  const std::size_t all = hosts * host_cpus;
  std::vector<std::size_t> cpus(all / 5, 1);
  cpus.insert(cpus.end(), (all * 2 / 5 + 3) / 4, 4);
  cpus.insert(cpus.end(), (all * 2 / 5 + 5) / 6, 6);
  std::size_t sum = 0;
  for (const std::size_t c : cpus) sum += c;
  while (sum > all) {
    sum -= cpus.back();
    cpus.pop_back();
  }
  cpus.insert(cpus.end(), all - sum, 1);
  std::mt19937_64 random(1);
  for (std::size_t i = cpus.size(); i > 1; --i) std::swap(cpus[i - 1], cpus[random() % i]);
  return cpus;
}

void fenzo(benchmark::State& state) {
  const auto hosts = static_cast<std::size_t>(state.range(0));
  const char* planner = state.range(1) == 0 ? "first_fit" : "packing";
  state.SetLabel(planner);
  const std::vector<std::size_t> cpus = tasks(hosts);
  for (auto _ : state) {
    EngineOptions options;
    options.policy = policy_of("fifo", planner);
    Engine engine(std::move(options));
    std::vector<Event> events;
    for (std::uint64_t i = 1; i <= hosts; ++i) {
      Capacity capacity;
      capacity.amounts.cpus = host_cpus * 1000;
      events.push_back({LeaseGranted{LeaseId{i}, "h" + std::to_string(i), LeaseKind::standing,
                                     std::move(capacity)}});
    }
    engine.step(events, Instant{});
    std::vector<double> times;
    std::size_t placed = 0;
    for (std::size_t from = 0; from < cpus.size(); from += batch) {
      events.clear();
      for (std::size_t i = from; i < std::min(from + batch, cpus.size()); ++i) {
        JobFacts facts;
        facts.id = JobId{i + 1};
        facts.user = "user";
        facts.request.amounts.cpus = static_cast<std::int64_t>(cpus[i]) * 1000;
        facts.estimate = std::chrono::hours(1);
        events.push_back({JobSubmitted{std::move(facts)}});
      }
      const auto start = std::chrono::steady_clock::now();
      const Step& step = engine.step(events, Instant{});
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      times.push_back(taken.count());
      for (const Decision& decision : step.decisions) {
        if (const auto* s = std::get_if<StartAttempt>(&decision))
          placed += cpus[s->attempt.job.value - 1];
      }
    }
    state.counters["batch_p50_us"] = median(times) * 1e6;
    state.counters["batch_p99_us"] = percentile(times, 0.99) * 1e6;
    state.counters["utilisation"] =
        static_cast<double>(placed) / static_cast<double>(hosts * host_cpus);
    state.SetIterationTime(median(times));
  }
}
BENCHMARK(fenzo)
    ->ArgNames({"hosts", "packing"})
    ->ArgsProduct({{200, 2'000, 10'000}, {0, 1}})
    ->Iterations(1)
    ->UseManualTime();

}  // namespace
}  // namespace retz::bench
