// The small parts: figures, caches, clocks, the mailbox.
#include <doctest/doctest.h>

#include <thread>

#include "retz/runtime.hpp"
#include "runtime/live_jobs.hpp"
#include "runtime/spec_cache.hpp"
#include "runtime/utilisation.hpp"
#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::runtime;

namespace {

constexpr Instant start = at_micros(1'700'000'000'123'456);

}  // namespace

TEST_CASE("utilisation is the integral of what was used over the integral of what was there") {
  Meter meter;
  meter.set(start, 0, 4000);
  meter.set(start + std::chrono::seconds(30), 4000, 4000);
  const Instant now = start + std::chrono::seconds(60);
  CHECK(meter.read(now).last_minute == doctest::Approx(0.5).epsilon(0.001));
  CHECK(meter.read(now).last_quarter == doctest::Approx(0.5).epsilon(0.001));
  const Instant later = start + std::chrono::minutes(15);
  CHECK(meter.read(later).last_minute == doctest::Approx(1.0));
  CHECK(meter.read(later).last_quarter == doctest::Approx(870.0 / 900.0).epsilon(0.001));
  CHECK(meter.read(later).last_hour == doctest::Approx(870.0 / 900.0).epsilon(0.001));
  CHECK(meter.read(start + std::chrono::hours(50)).last_hour == doctest::Approx(1.0));
}

TEST_CASE("time without a node does not count, and without any there is no use") {
  Meter meter;
  meter.set(start, 1000, 2000);
  meter.set(start + std::chrono::seconds(20), 0, 0);
  const Utilisation use = meter.read(start + std::chrono::seconds(50));
  CHECK(use.last_minute == doctest::Approx(0.5));
  CHECK(meter.read(start + std::chrono::minutes(5)).last_minute == 0.0);
  CHECK(meter.read(start + std::chrono::minutes(5)).last_hour == doctest::Approx(0.5));
  CHECK(Meter{}.read(start).last_hour == 0.0);
}

TEST_CASE("a short burst is counted exactly, however many changes fall into a bucket") {
  Meter meter;
  Instant now = start;
  for (int i = 0; i < 6000; ++i) {  // 60 s: 1 ms busy, 9 ms idle
    meter.set(now, 1000, 1000);
    meter.set(now + std::chrono::milliseconds(1), 0, 1000);
    now += std::chrono::milliseconds(10);
  }
  CHECK(meter.read(now).last_minute == doctest::Approx(0.1).epsilon(0.001));
}

TEST_CASE("the spec cache stays bounded and keeps what was used last") {
  SpecCache cache(10);
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    cache.put({i}, std::make_shared<const JobSpec>());
    CHECK(cache.size() <= 20);
    if (i > 10) CHECK(cache.find({i - 9}) != nullptr);
  }
  CHECK(cache.find({1}) == nullptr);
}

TEST_CASE("live jobs are counted by application until they end") {
  LiveJobs live;
  live.add({1}, testing::job("a"));
  live.add({2}, testing::job("b"));
  live.add({2}, testing::job("b"));
  CHECK(live.of_application("app") == 2);
  live.remove({2});
  live.remove({2});
  CHECK(live.of_application("app") == 1);
  CHECK(live.of_application("other") == 0);
  CHECK(live.owner({2}) == nullptr);
  CHECK(live.owner({1}) != nullptr);
}

TEST_CASE("the live mailbox wakes its sleeper, and hands over everything once and in order") {
  LiveMailbox mailbox;
  std::thread poster([&] {
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      mailbox.post({{TimePassed{}, Receipt{i}}});
      mailbox.post(ExplainJob{"", JobId{i}}, [](Result<Answer>) {});
    }
  });
  std::uint64_t events = 0, commands = 0;
  while (events < 1000 || commands < 1000) {
    mailbox.wait(std::nullopt);
    Inflow inflow = mailbox.drain();
    for (const Event& event : inflow.events) CHECK(event.receipt.value == ++events);
    for (const auto& [command, reply] : inflow.commands) {
      CHECK(std::get<ExplainJob>(command).job.value == ++commands);
    }
  }
  poster.join();
  CHECK(mailbox.drain().events.empty());
  mailbox.wake();
  mailbox.wait(std::nullopt);  // returns: it was woken before
  mailbox.wait(Duration{1});   // returns: its time is over
}

TEST_CASE("the machine's clocks go forward") {
  const auto clock = system_clock();
  const Duration before = clock->steady();
  CHECK(clock->wall() > at_micros(1'700'000'000'000'000));
  CHECK(clock->steady() >= before);
}

TEST_CASE("the status shows nodes, counts and use, and can be read while turns go on") {
  testing::Host host;
  host.open();
  host.ask(testing::submit({testing::job("a", 3000)}));
  host.clock.pass(std::chrono::seconds(60));
  const RuntimeStatus status = host.runtime->status();
  CHECK(status.counts.active == 1);
  REQUIRE(status.nodes.size() == 1);
  CHECK(status.nodes[0].used.cpus == 3000);
  CHECK(status.cpus.last_minute == doctest::Approx(0.75));
  CHECK(status.gpus.last_hour == 0.0);
  CHECK(status.last_batch == BatchNumber{1});
  CHECK(status.ordering == "fifo");
  CHECK(status.planner == "first_fit");
  CHECK(status.fit_rule == "best");
}
