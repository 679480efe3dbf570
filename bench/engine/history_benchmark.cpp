// Ten million jobs through one engine: submitted, started, ended. The last million must not be
// slower than the first.
#include <benchmark/benchmark.h>

#include <chrono>
#include <deque>

#include "cluster_load.hpp"

namespace retz::bench {
namespace {

constexpr std::size_t million = 1'000'000;

class Stream {
 public:
  Stream() : engine_(options()) {
    Capacity capacity;
    capacity.amounts = {64'000, 256 * 1024, 0, {}};
    std::vector<Event> nodes;
    for (std::uint64_t i = 1; i <= 100; ++i) {
      nodes.push_back(
          {LeaseGranted{LeaseId{i}, "n" + std::to_string(i), LeaseKind::standing, capacity}});
    }
    engine_.step(nodes, Instant{});
  }

  // Each step: a hundred new jobs come, and the hundred that run longest end.
  double run(std::size_t jobs) {
    double taken = 0;
    for (std::size_t done = 0; done < jobs; done += 100) {
      std::vector<Event> events;
      for (std::size_t i = 0; i < 100; ++i) events.push_back({JobSubmitted{next()}});
      for (std::size_t i = 0; i < 100 && running_.size() > 1'000; ++i) {
        events.push_back({AttemptEnded{running_.front(), {}, {}}});
        running_.pop_front();
      }
      now_ += std::chrono::milliseconds(10);
      const auto start = std::chrono::steady_clock::now();
      const Step& step = engine_.step(events, now_);
      taken += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      for (const Decision& decision : step.decisions) {
        if (const auto* s = std::get_if<StartAttempt>(&decision)) running_.push_back(s->attempt);
      }
    }
    return taken;
  }

 private:
  static EngineOptions options() {
    EngineOptions made;
    made.policy = policy_of("fifo", "first_fit");
    return made;
  }
  JobFacts next() {
    JobFacts facts;
    facts.id = JobId{++last_};
    facts.user = "user" + std::to_string(last_ % 10);
    facts.request.amounts = {static_cast<std::int64_t>(1 + last_ % 4) * 1000, 1024, 0, {}};
    facts.estimate = std::chrono::seconds(60 + last_ % 100);
    return facts;
  }

  Engine engine_;
  std::deque<AttemptRef> running_;
  std::uint64_t last_ = 0;
  Instant now_{};
};

void ten_million(benchmark::State& state) {
  for (auto _ : state) {
    Stream stream;
    std::vector<double> rates;
    for (int i = 0; i < 10; ++i)
      rates.push_back(static_cast<double>(million) / stream.run(million));
    state.counters["first_million_a_s"] = rates.front();
    state.counters["last_million_a_s"] = rates.back();
    state.counters["last_of_first"] = rates.back() / rates.front();
    state.SetIterationTime(static_cast<double>(million) / rates.back());
  }
}
BENCHMARK(ten_million)->Iterations(1)->UseManualTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace retz::bench

BENCHMARK_MAIN();
