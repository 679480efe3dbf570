// The promise of the packing planner: past the starvation bound nobody takes what a job could use.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/generator.hpp"
#include "retz/engine.hpp"

namespace retz {
namespace {

struct Known {
  JobId job;
  Request request;
  Instant eligible{};
};

bool fits(const Request& request, const Capacity& capacity) {
  return request.amounts.cpus <= capacity.amounts.cpus &&
         request.amounts.mem <= capacity.amounts.mem &&
         request.gpus.devices <= static_cast<std::int32_t>(capacity.gpus.size()) &&
         (request.gpus.share == 0 || !capacity.gpus.empty());
}

class History {
 public:
  explicit History(std::uint64_t seed) : dice_(seed), engine_(options()) {
    for (int n = 0; n < 6; ++n) {
      Capacity c;
      c.amounts = {below(8, 16) * 1000, below(16, 64), 100, {}};
      if (n % 2 == 0) c.gpus = {{"g0", "x", -1}, {"g1", "x", -1}};
      const std::string name = "n" + std::to_string(n);
      nodes_[name] = c;
      events_.push_back(
          {LeaseGranted{LeaseId{static_cast<std::uint64_t>(n + 1)}, name, LeaseKind::standing, c}});
    }
  }

  /// How often a job was seen to wait past the bound.
  std::uint64_t run(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += std::chrono::seconds(dice_.below(20));
      if (i < steps * 2 / 3) {
        for (std::uint64_t n = dice_.below(9); n > 0; --n) submit();
      }
      if (!running_.empty()) {
        for (std::uint64_t n = dice_.below(4) + 1; n > 0 && !running_.empty(); --n) end();
      }
      step();
      if (i % 50 == 0) engine_.check_invariants();
    }
    for (int i = 0; i < 100000 && !(waiting_.empty() && running_.empty()); ++i) {
      now_ += std::chrono::seconds(10);
      if (!running_.empty()) end();
      step();
    }
    CHECK(waiting_.empty());
    return overdue_seen_;
  }

 private:
  static constexpr Duration bound = std::chrono::seconds(100);

  static EngineOptions options() {
    EngineOptions o;
    o.policy.planner = planners::packing();
    o.policy.starvation_bound = bound;
    return o;
  }
  std::int64_t below(std::uint64_t from, std::uint64_t to) {
    return static_cast<std::int64_t>(from + dice_.below(to - from + 1));
  }

  void submit() {
    JobFacts f;
    f.id = JobId{++last_};
    f.user = "u" + std::to_string(dice_.below(3));
    f.request.amounts = {below(1, 8) * 1000, below(1, 16), 0, {}};
    if (dice_.below(8) == 0) f.request.amounts = {8000, 16, 0, {}};
    if (dice_.below(10) == 0) f.request.gpus.share = 500;
    if (dice_.below(10) == 0) f.request.gpus = {2, 0, {}, false};
    f.estimate = std::chrono::seconds(60);
    waiting_.push_back({f.id, f.request, now_});
    events_.push_back({JobSubmitted{f, {}}});
  }

  void end() {
    const std::size_t at = dice_.below(running_.size());
    events_.push_back({AttemptEnded{running_[at], {}, {}}});
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  bool overdue(const Known& k) const { return now_ - k.eligible >= bound; }

  void step() {
    const Step& step = engine_.step(events_, now_);
    events_.clear();
    std::map<JobId, std::string> started;
    for (const Decision& d : step.decisions) {
      const auto* start = std::get_if<StartAttempt>(&d);
      REQUIRE(start != nullptr);
      running_.push_back(start->attempt);
      started[start->attempt.job] = start->placement.node;
    }
    check(started);
    std::erase_if(waiting_, [&](const Known& k) { return started.contains(k.job); });
  }

  // waiting_ is in the order of arrival: who comes after an overdue one that still waits, overdue
  // or not, has started only where that one never could.
  void check(const std::map<JobId, std::string>& started) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (started.contains(waiting_[i].job) || !overdue(waiting_[i])) continue;
      ++overdue_seen_;
      for (std::size_t j = i + 1; j < waiting_.size(); ++j) {
        const auto other = started.find(waiting_[j].job);
        if (other == started.end()) continue;
        CAPTURE(waiting_[i].job.value);
        CAPTURE(waiting_[j].job.value);
        CHECK_FALSE(fits(waiting_[i].request, nodes_[other->second]));
      }
    }
  }

  base::Generator dice_;
  Engine engine_;
  Instant now_{};
  std::uint64_t last_ = 0, overdue_seen_ = 0;
  std::map<std::string, Capacity> nodes_;
  std::vector<Known> waiting_;
  std::vector<AttemptRef> running_;
  std::vector<Event> events_;
};

TEST_CASE("with packing no later job starts on a node that an overdue one could use") {
  const char* given = std::getenv("RETZ_SEED");
  const std::uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  std::uint64_t overdue = 0;
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    CAPTURE(seed);
    overdue += History(seed).run(300);
  }
  CHECK(overdue > 1000);
}

}  // namespace
}  // namespace retz
