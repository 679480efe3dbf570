// A million random events through one engine that changes its policy now and then; a sample of the
// steps is followed by check_invariants(), some by a restart. RETZ_LONG=1: a hundred million.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "property/environment.hpp"
#include "property/history.hpp"

namespace {

using namespace retz;
using namespace retz::property;

constexpr std::uint64_t node_count = 40;
constexpr std::size_t waiting_max = 400;

class Storm {
 public:
  explicit Storm(std::uint64_t seed) : chance_(seed), engine_(options()) {
    for (std::uint64_t node = 0; node < node_count; ++node) grant(node);
    step();
  }

  void step() {
    now_ += std::chrono::milliseconds(chance_.below(2000));
    const Step& step = engine_.step(events_, now_);
    for (const Change& change : step.changes) book(change);
    events_.clear();
    ++steps_;
    if (steps_ % 5'000 == 0) engine_.check_invariants();
    if (steps_ % 50'000 == 0) restart();
  }

  void add_event() {
    const std::uint64_t kind = chance_.below(1000);
    if (kind < 460) {
      waiting_ < waiting_max ? submit() : end();
    } else if (kind < 900) {
      end();
    } else if (kind < 960) {
      cancel();
    } else if (kind < 990) {
      const std::uint64_t node = chance_.below(node_count);
      events_.push_back({NodeDrained{name(node), chance_.below(4) == 0}});
    } else if (kind < 995) {
      const std::uint64_t node = chance_.below(node_count);
      events_.push_back({MaintenancePlanned{name(node), make_windows(now_, chance_)}});
    } else if (kind < 999) {
      const std::uint64_t node = chance_.below(node_count);
      events_.push_back({NodeLost{name(node)}});
      grant(node);
    } else if (chance_.below(20) == 0) {
      events_.push_back({PolicyChanged{next_policy()}});
    }
  }

  std::uint64_t starts() const { return starts_; }

 private:
  static std::string name(std::uint64_t node) { return "n" + std::to_string(node); }

  EngineOptions options() {
    EngineOptions options;
    options.policy = next_policy();
    return options;
  }

  // One in three asks for amounts alone, for planners that look ahead.
  Policy next_policy() {
    Policy policy = make_policy(chance_, chance_.below(3) == 0, false);
    if (chance_.below(8) == 0) policy.ordering = orderings::fair_share();
    return policy;
  }

  void grant(std::uint64_t node) {
    const LeaseId lease{++last_lease_};
    events_.push_back(
        {LeaseGranted{lease, name(node), LeaseKind::standing, make_capacity(name(node), chance_)}});
  }

  void submit() {
    JobSubmitted event;
    event.facts = make_facts(JobId{++last_job_}, chance_.below(2) == 0, false, chance_);
    if (chance_.below(8) == 0 && !live_.empty()) {
      const JobId other = std::prev(live_.end())->first;
      event.facts.dependencies = {{other, static_cast<Dependency::When>(chance_.below(3))}};
    }
    if (chance_.below(16) == 0) {
      event.facts.array = ArrayPlace{event.facts.id, 0, 0, 0, 1};
    }
    events_.push_back({std::move(event)});
  }

  // Of an attempt that was alive after the step before.
  void end() {
    if (running_.empty()) return;
    const AttemptRef ref = running_[static_cast<std::size_t>(chance_.below(running_.size()))];
    events_.push_back({AttemptEnded{ref, make_outcome(chance_), {}}});
  }

  void cancel() {
    const JobId job{1 + chance_.below(last_job_ + 1)};
    const auto from = live_.lower_bound(job);
    if (from != live_.end()) events_.push_back({JobCancelled{from->first, "not wanted"}});
  }

  void book(const Change& change) {
    if (const auto* added = std::get_if<JobAdded>(&change)) {
      book(added->job, added->status.state);
    } else if (const auto* changed = std::get_if<JobChanged>(&change)) {
      book(changed->job, changed->status.state);
    } else if (const auto* attempt = std::get_if<AttemptChanged>(&change)) {
      const AttemptRef ref = attempt->attempt.ref;
      const auto known = place_.find(ref);
      if (attempt->attempt.state == AttemptState::ended) {
        REQUIRE(known != place_.end());
        const std::size_t hole = known->second;
        place_.erase(known);
        if (running_.back() != ref) {
          running_[hole] = running_.back();
          place_[running_[hole]] = hole;
        }
        running_.pop_back();
      } else if (known == place_.end()) {
        place_[ref] = running_.size();
        running_.push_back(ref);
        ++starts_;
      }
    }
  }

  void book(JobId job, JobState state) {
    const auto waits = [](JobState s) { return s == JobState::blocked || s == JobState::queued; };
    const auto known = live_.find(job);
    if (known != live_.end() && waits(known->second)) --waiting_;
    if (waits(state)) ++waiting_;
    if (is_terminal(state)) {
      live_.erase(job);
    } else {
      live_[job] = state;
    }
  }

  void restart() {
    const std::uint64_t digest = engine_.digest();
    auto restored = Engine::restore(engine_.options(), engine_.snapshot());
    REQUIRE(restored.has_value());
    REQUIRE(restored->digest() == digest);
    engine_ = std::move(*restored);
    for (std::uint64_t node = 0; node < node_count; ++node) grant(node);
  }

  base::Generator chance_;
  std::uint64_t last_job_ = 0, last_lease_ = 0, steps_ = 0, starts_ = 0;
  std::size_t waiting_ = 0;
  Instant now_{std::chrono::hours(24)};
  Engine engine_;
  std::vector<Event> events_;
  std::map<JobId, JobState> live_;
  std::vector<AttemptRef> running_;
  std::map<AttemptRef, std::size_t> place_;  // in running_
};

}  // namespace

TEST_CASE("a storm of random events breaks no invariant, and jobs go on starting") {
  const ThrowingAssertions throwing;
  const std::uint64_t seed = first_seed();
  const std::uint64_t count = long_run() ? 100'000'000 : 1'000'000;
  INFO("seed ", seed);
  base::Generator sizes(seed);
  Storm storm(seed);
  std::uint64_t starts = 0;
  for (std::uint64_t done = 0, stretch = 0; done < count;) {
    const std::uint64_t size = 1 + sizes.below(20);
    for (std::uint64_t i = 0; i < size; ++i) storm.add_event();
    storm.step();
    done += size;
    if (done / 100'000 == stretch) continue;
    stretch = done / 100'000;
    CHECK(storm.starts() > starts);
    starts = storm.starts();
  }
}
