// Random histories under the planners that make reservations. RETZ_SEED replays one seed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/generator.hpp"
#include "retz/engine.hpp"

namespace retz {
namespace {

using std::chrono::seconds;

struct Running {
  AttemptRef ref;
  Instant end;
};

struct Setting {
  std::shared_ptr<const Planner> planner;
  std::size_t nodes = 1;
  bool overruns = false;  // some attempts run longer than estimated
  bool restarts = false;
};

Instant at(std::int64_t s) {
  return Instant(seconds(s));
}

// A host program that makes things up: jobs come, attempts end, at whole seconds.
class World {
 public:
  World(const Setting& setting, std::uint64_t seed) : setting_(setting), random_(seed) {
    options_.policy.planner = setting.planner;
    engine_.emplace(options_);
    for (std::size_t n = 0; n < setting_.nodes; ++n) {
      LeaseGranted lease{LeaseId{n + 1}, "n" + std::to_string(n), LeaseKind::standing, {}};
      lease.capacity.amounts.cpus = 1000 * static_cast<std::int64_t>(2 + random_.below(7));
      lease.capacity.amounts.mem = static_cast<std::int64_t>(4 + random_.below(8));
      leases_.push_back(lease);
      capacity_.push_back(lease.capacity.amounts);
    }
    grant();
  }

  // One second, or several in which nothing happens.
  void go_on(bool more_jobs) {
    now_ += 1 + static_cast<std::int64_t>(random_.below(3));
    if (wake_) now_ = std::min(now_, wake_->time_since_epoch() / seconds(1));
    for (const Running& r : running) {
      now_ = std::min(now_, r.end.time_since_epoch() / seconds(1));
    }
    std::vector<Event> events;
    for (const Running& r : running) {
      if (r.end <= at(now_)) events.push_back({AttemptEnded{r.ref, {}, {}}});
    }
    std::erase_if(running, [this](const Running& r) { return r.end <= at(now_); });
    while (more_jobs && random_.below(2) == 0) events.push_back({JobSubmitted{job()}});
    if (more_jobs && last_job_ > 0 && random_.below(20) == 0) {
      const JobId gone{1 + random_.below(last_job_)};
      if (waiting.erase(gone) > 0) events.push_back({JobCancelled{gone, "no longer wanted"}});
    }
    if (events.empty()) events.push_back({TimePassed{}});
    step(events);
    if (setting_.restarts) restart();
  }

  Engine& engine() { return *engine_; }
  Instant now() const { return at(now_); }
  const std::vector<Amounts>& capacity() const { return capacity_; }

  std::map<JobId, JobFacts> waiting;
  std::vector<Running> running;
  std::vector<JobId> started;  // by the last step
  std::map<JobId, Instant> starts;
  std::map<JobId, JobFacts> jobs;

 private:
  JobFacts job() {
    JobFacts f;
    f.id = JobId{++last_job_};
    f.user = "u";
    f.request.amounts.cpus = 1000 * static_cast<std::int64_t>(1 + random_.below(4));
    f.request.amounts.mem = static_cast<std::int64_t>(1 + random_.below(4));
    f.estimate = seconds(1 + static_cast<std::int64_t>(random_.below(12)));
    waiting.emplace(f.id, f);
    jobs.emplace(f.id, f);
    return f;
  }

  void grant() {
    std::vector<Event> events;
    for (const LeaseGranted& lease : leases_) events.push_back({lease});
    step(events, Pass::none);
  }

  void step(const std::vector<Event>& events, Pass pass = Pass::once) {
    const Step& step = engine_->step(events, at(now_), pass);
    wake_ = step.wake_at;
    started.clear();
    for (const Decision& d : step.decisions) {
      const auto* start = std::get_if<StartAttempt>(&d);
      if (start == nullptr) continue;
      const JobId id = start->attempt.job;
      const Duration estimate = jobs.at(id).estimate;
      Duration run = seconds(1 + static_cast<std::int64_t>(random_.below(
                                     static_cast<std::uint64_t>(estimate / seconds(1)))));
      if (random_.below(2) == 0) run = estimate;
      if (setting_.overruns && random_.below(4) == 0) run = estimate * 3;
      running.push_back({start->attempt, at(now_) + run});
      started.push_back(id);
      starts.emplace(id, at(now_));
      waiting.erase(id);
    }
    engine_->check_invariants();
  }

  void restart() {
    const Snapshot snapshot = engine_->snapshot();
    const std::uint64_t digest = engine_->digest();
    auto again = Engine::restore(options_, snapshot);
    REQUIRE(again);
    CHECK(again->digest() == digest);
    const std::vector<JobId> kept = started;
    const auto wake = wake_;
    engine_.emplace(*std::move(again));
    grant();
    started = kept;
    wake_ = wake;
    CHECK(engine_->digest() == digest);
  }

  Setting setting_;
  base::Generator random_;
  EngineOptions options_;
  std::optional<Engine> engine_;
  std::vector<LeaseGranted> leases_;
  std::vector<Amounts> capacity_;
  std::int64_t now_ = 0;
  std::uint64_t last_job_ = 0;
  std::optional<Instant> wake_;
};

// Runs `check` over many seeds, or over the one that is asked for.
template <class Check>
void over_seeds(std::uint64_t count, const Check& check) {
  if (const char* given = std::getenv("RETZ_SEED")) {
    return check(std::strtoull(given, nullptr, 10));
  }
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    CAPTURE(seed);
    check(seed);
  }
}

// Second by second: what is free of one node by the estimates of what runs.
struct Plan {
  Plan(const Amounts& capacity, std::size_t length) : free(length, capacity) {}
  bool fits(const Amounts& need, std::size_t from, std::size_t length) const {
    for (std::size_t t = from; t < std::min(from + length, free.size()); ++t) {
      if (free[t].cpus < need.cpus || free[t].mem < need.mem) return false;
    }
    return true;
  }
  void take(const Amounts& need, std::size_t from, std::size_t length) {
    for (std::size_t t = from; t < std::min(from + length, free.size()); ++t) {
      free[t].cpus -= need.cpus;
      free[t].mem -= need.mem;
    }
  }
  std::vector<Amounts> free;
};

std::size_t in_seconds(Duration d) {
  return static_cast<std::size_t>(d / seconds(1));
}

TEST_CASE("conservative_replan starts what a plan second by second would") {
  over_seeds(150, [](std::uint64_t seed) {
    World world({planners::conservative_replan(), 1}, seed);
    for (int i = 0; i < 60; ++i) {
      const auto running = world.running;
      const auto jobs = world.jobs;
      world.go_on(i < 40);
      Plan plan(world.capacity().front(), 3000);
      for (const Running& r : running) {
        if (r.end <= world.now()) continue;
        const JobFacts& f = jobs.at(r.ref.job);
        const Duration left = world.starts.at(f.id) + f.estimate - world.now();
        plan.take(f.request.amounts, 0, in_seconds(left));
      }
      std::vector<JobId> expected;
      for (const auto& [id, f] : world.jobs) {
        const bool starts_now = std::ranges::find(world.started, id) != world.started.end();
        if (!world.waiting.contains(id) && !starts_now) continue;
        const Amounts& capacity = world.capacity().front();
        if (f.request.amounts.cpus > capacity.cpus || f.request.amounts.mem > capacity.mem)
          continue;
        std::size_t t = 0;
        while (!plan.fits(f.request.amounts, t, in_seconds(f.estimate))) ++t;
        plan.take(f.request.amounts, t, in_seconds(f.estimate));
        if (t == 0) expected.push_back(id);
      }
      REQUIRE(world.started == expected);
    }
  });
}

void promises_only_move_earlier(const Setting& setting) {
  over_seeds(150, [&setting](std::uint64_t seed) {
    World world(setting, seed);
    std::map<JobId, Instant> promised;
    for (int i = 0; i < 80; ++i) {
      world.go_on(i < 50);
      for (const JobId id : world.started) {
        if (promised.contains(id)) REQUIRE(world.now() <= promised.at(id));
      }
      for (const Reservation& r : world.engine().snapshot().reservations) {
        const auto [known, first] = promised.emplace(r.job, r.at);
        REQUIRE(r.at <= known->second);
        known->second = r.at;
      }
    }
  });
}

TEST_CASE("conservative delays nobody's promise while estimates hold") {
  promises_only_move_earlier({planners::conservative(), 1});
  promises_only_move_earlier({planners::conservative(), 4});
}

TEST_CASE("conservative decides the same when it is restarted after each step") {
  over_seeds(100, [](std::uint64_t seed) {
    World steady({planners::conservative(), 3, true}, seed);
    World restarted({planners::conservative(), 3, true, true}, seed);
    for (int i = 0; i < 60; ++i) {
      steady.go_on(i < 40);
      restarted.go_on(i < 40);
      REQUIRE(steady.started == restarted.started);
      REQUIRE(steady.engine().digest() == restarted.engine().digest());
    }
  });
}

TEST_CASE("conservative starts everything that fits a node, also where estimates do not hold") {
  over_seeds(100, [](std::uint64_t seed) {
    World world({planners::conservative(), 3, true}, seed);
    for (int i = 0; i < 40; ++i) world.go_on(true);
    for (int i = 0; i < 2000 && !world.running.empty(); ++i) world.go_on(false);
    std::size_t stuck = 0;
    for (const auto& [id, f] : world.waiting) {
      const auto takes = [&f = f](const Amounts& a) {
        return a.cpus >= f.request.amounts.cpus && a.mem >= f.request.amounts.mem;
      };
      stuck += std::ranges::any_of(world.capacity(), takes) ? 1U : 0U;
    }
    CHECK(stuck == 0);
  });
}

TEST_CASE("easy never delays the reservation of the first blocked job while estimates hold") {
  for (const std::size_t nodes : {std::size_t{1}, std::size_t{4}}) {
    over_seeds(150, [nodes](std::uint64_t seed) {
      World world({planners::easy(), nodes}, seed);
      std::map<JobId, Instant> promised;
      for (int i = 0; i < 80; ++i) {
        world.go_on(i < 50);
        for (const JobId id : world.started) {
          if (promised.contains(id)) REQUIRE(world.now() <= promised.at(id));
        }
        for (const auto& [id, f] : world.waiting) {
          const auto told = world.engine().explain(id);
          REQUIRE(told);
          if (!told->reservation) continue;
          const auto [known, first] = promised.emplace(id, told->reservation->at);
          REQUIRE(told->reservation->at <= known->second);
          known->second = told->reservation->at;
        }
      }
    });
  }
}

}  // namespace
}  // namespace retz
