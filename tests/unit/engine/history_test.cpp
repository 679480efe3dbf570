// Random histories: invariants after each step, the same twice, and the same after a restart.
#include <map>

#include "base/generator.hpp"
#include "driver.hpp"

namespace retz::engine_test {
namespace {

EngineOptions options_of(std::uint64_t seed) {
  EngineOptions o;
  o.policy.ordering = seed % 2 == 0 ? orderings::fifo() : orderings::priority();
  o.policy.planner = seed % 3 == 0 ? planners::strict() : planners::first_fit();
  o.policy.fit_rule = seed % 5 == 0   ? fit_rules::first()
                      : seed % 5 == 1 ? fit_rules::worst()
                                      : fit_rules::best();
  if (seed % 7 == 0) o.limits.running = 5;
  return o;
}

// What a cluster, users and time may do, drawn from a seed.
class History {
 public:
  explicit History(std::uint64_t seed) : draw_(seed) {}

  Event next() {
    switch (draw_.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return {JobSubmitted{job()}, {}};
      case 4:
        return {JobCancelled{some_job(), "enough"}, {}};
      case 5:
        return {JobRerun{some_job(), draw_.below(2) == 0, std::nullopt}, {}};
      case 6:
        return {AttemptRunning{some_attempt(), "rlimits"}, {}};
      case 7:
      case 8:
      case 9:
        return {AttemptEnded{some_attempt(), outcome(), {}}, {}};
      case 10:
        return {AttemptUnreachable{some_attempt()}, {}};
      case 11:
        return {grant(), {}};
      case 12:
        if (draw_.below(2) == 0) return {LeaseRevoked{LeaseId{1 + draw_.below(lease_)}}, {}};
        return {NodeLost{node()}, {}};
      default:
        return {NodeDrained{node(), draw_.below(2) == 0}, {}};
    }
  }
  void learn(const Step& step) {
    for (const Decision& d : step.decisions) {
      if (const auto* s = std::get_if<StartAttempt>(&d)) live_.push_back(s->attempt);
    }
    if (live_.size() > 40) live_.erase(live_.begin(), live_.begin() + 20);
  }
  Instant time() { return at_micros(now_ += static_cast<std::int64_t>(draw_.below(3'000'000))); }

 private:
  JobFacts job() {
    JobFacts f;
    f.id = JobId{++jobs_};
    f.user = draw_.below(2) == 0 ? "alice" : "bob";
    f.priority = static_cast<std::int32_t>(draw_.below(3));
    f.estimate = std::chrono::seconds(1 + draw_.below(2));
    f.request.amounts.cpus = static_cast<std::int64_t>(draw_.below(5)) * 500;
    f.request.amounts.mem = static_cast<std::int64_t>(draw_.below(4)) * 100;
    if (draw_.below(6) == 0) f.request.amounts.custom = {{"licences", 1000}};
    if (draw_.below(6) == 0) f.request.ports = static_cast<std::int32_t>(draw_.below(4));
    if (draw_.below(6) == 0) f.request.gpus.devices = 1;
    if (f.request.gpus.devices == 0 && draw_.below(6) == 0) f.request.gpus.share = 400;
    if (f.request.gpus.devices > 0 && draw_.below(2) == 0) f.request.gpus.models = {"a100"};
    f.retry.max_attempts = 3;
    f.retry.on_exit = draw_.below(2) == 0;
    f.retry.backoff = std::chrono::seconds(draw_.below(3));
    f.retry.on_system_failure = draw_.below(4) != 0;
    return f;
  }
  Outcome outcome() {
    const auto kind = static_cast<OutcomeKind>(draw_.below(9));
    return {kind, kind == OutcomeKind::exited ? static_cast<int>(draw_.below(2)) : -1, 0, {}};
  }
  LeaseGranted grant() {
    LeaseGranted g;
    g.node = node();
    const bool again = lease_ > 1 && draw_.below(3) == 0;
    g.lease = LeaseId{again ? 1 + draw_.below(lease_) : ++lease_};
    g.kind = draw_.below(3) == 0 ? LeaseKind::once : LeaseKind::standing;
    g.capacity.amounts = {static_cast<std::int64_t>(draw_.below(9)) * 500,
                          static_cast<std::int64_t>(draw_.below(6)) * 100,
                          0,
                          {}};
    if (draw_.below(2) == 0) g.capacity.amounts.custom = {{"licences", 2000}};
    if (draw_.below(2) == 0) g.capacity.ports = {{1000, 1003}, {2000, 2001}};
    if (draw_.below(2) == 0) g.capacity.gpus = {{"0", "a100", 0}, {"1", "t4", 0}};
    return g;
  }
  std::string node() { return std::string(1, static_cast<char>('a' + draw_.below(6))); }
  JobId some_job() { return JobId{1 + draw_.below(jobs_ + 1)}; }
  AttemptRef some_attempt() {
    return live_.empty() ? AttemptRef{JobId{1}, 1} : live_[draw_.below(live_.size())];
  }

  base::Generator draw_;
  std::uint64_t jobs_ = 0, lease_ = 1;
  std::int64_t now_ = 0;
  std::vector<AttemptRef> live_;
};

TEST_CASE("random histories keep every invariant and survive a restart at any step") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    History history(seed);
    Engine engine(options_of(seed));
    Engine twin(options_of(seed));
    for (int i = 0; i < 300; ++i) {
      std::vector<Event> events;
      for (int n = 0; n < 1 + i % 3; ++n) events.push_back(history.next());
      const Instant now = history.time();
      const Pass pass = i % 11 == 0 ? Pass::none : Pass::once;
      history.learn(engine.step(events, now, pass));
      twin.step(events, now, pass);
      engine.check_invariants();
      REQUIRE(engine.digest() == twin.digest());
      if (i % 10 != 0) continue;
      const auto restored = Engine::restore(options_of(seed), engine.snapshot());
      REQUIRE(restored.has_value());
      restored->check_invariants();
      REQUIRE(restored->digest() == engine.digest());
    }
  }
}

TEST_CASE("an engine that ran empty carries nothing of its history") {
  Driver d;
  d.node(0, "a", 4, 1);
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    JobFacts f = facts(id);
    f.user = "user" + std::to_string(id);
    f.request.amounts.mem = static_cast<std::int64_t>(id);
    const Event submitted{JobSubmitted{f}, {}};
    const Event ended{AttemptEnded{{JobId{id}, 1}, exited(), {}}, {}};
    d.engine.step({&submitted, 1}, at(static_cast<double>(id)));
    d.engine.step({&ended, 1}, at(static_cast<double>(id)));
  }
  d.engine.check_invariants();
  CHECK(d.engine.snapshot().jobs.empty());
  CHECK(d.engine.counts().active == 0);
}

}  // namespace
}  // namespace retz::engine_test
