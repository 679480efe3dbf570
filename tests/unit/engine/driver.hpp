// Drives an engine from a test: short words for events, and what the last step said.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "retz/engine.hpp"

namespace retz::engine_test {

inline JobFacts facts(std::uint64_t id, std::int64_t cpus = 1, std::int64_t mem = 0) {
  JobFacts f;
  f.id = JobId{id};
  f.user = "alice";
  f.request.amounts.cpus = cpus * 1000;
  f.request.amounts.mem = mem;
  f.estimate = std::chrono::minutes(1);
  f.grace_period = std::chrono::seconds(5);
  return f;
}

inline Instant at(double seconds) {
  return at_micros(static_cast<std::int64_t>(seconds * 1e6));
}

inline Outcome exited(int code = 0) {
  return {OutcomeKind::exited, code, 0, {}};
}

inline Outcome ended_as(OutcomeKind kind) {
  return {kind, -1, 0, {}};
}

class Driver {
 public:
  explicit Driver(EngineOptions options = {}) : engine(std::move(options)) {}

  Driver& go(double seconds, EventBody what, Pass pass = Pass::once) {
    const Event event{std::move(what), {}};
    step = engine.step({&event, 1}, at(seconds), pass);
    engine.check_invariants();
    for (const Change& change : step.changes) note(change);
    return *this;
  }
  Driver& node(double t, const std::string& name, std::int64_t cpus, std::uint64_t lease,
               std::int64_t mem = 1 << 20) {
    Capacity c;
    c.amounts = {cpus * 1000, mem, 1 << 20, {}};
    return go(t, LeaseGranted{LeaseId{lease}, name, LeaseKind::standing, c});
  }
  Driver& submit(double t, JobFacts f) { return go(t, JobSubmitted{std::move(f)}); }
  Driver& cancel(double t, std::uint64_t id) { return go(t, JobCancelled{JobId{id}, "by alice"}); }
  Driver& rerun(double t, std::uint64_t id, bool kill = false) {
    return go(t, JobRerun{JobId{id}, kill, std::nullopt});
  }
  Driver& running(double t, std::uint64_t id, std::uint32_t attempt = 1) {
    return go(t, AttemptRunning{{JobId{id}, attempt}, "rlimits"});
  }
  Driver& end(double t, std::uint64_t id, std::uint32_t attempt = 1, Outcome o = exited()) {
    return go(t, AttemptEnded{{JobId{id}, attempt}, std::move(o), {}});
  }
  Driver& lose(double t, const std::string& name) { return go(t, NodeLost{name}); }

  /// "start 1/1 on a, stop 2/1, return 7, refuse 3"
  std::string decisions() const {
    std::string text;
    for (const Decision& d : step.decisions) {
      text += text.empty() ? "" : ", ";
      if (const auto* s = std::get_if<StartAttempt>(&d)) {
        text += "start " + name(s->attempt) + " on " + s->placement.node;
      } else if (const auto* stop = std::get_if<StopAttempt>(&d)) {
        text += "stop " + name(stop->attempt);
      } else if (const auto* r = std::get_if<ReturnLease>(&d)) {
        text += "return " + std::to_string(r->lease.value);
      } else {
        text += "refuse " + std::to_string(std::get<Refuse>(d).job.value);
      }
    }
    return text;
  }
  const Error& refusal() const { return std::get<Refuse>(step.decisions.at(0)).error; }
  const JobStatus& status(std::uint64_t id) const {
    const auto found = std::find_if(jobs.begin(), jobs.end(),
                                    [id](const auto& j) { return j.first == JobId{id}; });
    REQUIRE(found != jobs.end());
    return found->second;
  }
  std::string state(std::uint64_t id) const { return std::string(to_string(status(id).state)); }
  AttemptState attempt_state(std::uint64_t id, std::uint32_t attempt = 1) const {
    const AttemptRef ref{JobId{id}, attempt};
    const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                    [ref](const AttemptRecord& a) { return a.ref == ref; });
    REQUIRE(found != attempts.rend());
    return found->state;
  }
  Explanation explain(std::uint64_t id) const {
    const auto e = engine.explain(JobId{id});
    REQUIRE(e.has_value());
    return *e;
  }

  Engine engine;
  Step step;
  std::vector<std::pair<JobId, JobStatus>> jobs;
  std::vector<AttemptRecord> attempts;

 private:
  static std::string name(AttemptRef ref) {
    return std::to_string(ref.job.value) + "/" + std::to_string(ref.attempt);
  }
  void note(const Change& change) {
    if (const auto* a = std::get_if<AttemptChanged>(&change)) {
      attempts.push_back(a->attempt);
      return;
    }
    const auto* added = std::get_if<JobAdded>(&change);
    const auto* changed = std::get_if<JobChanged>(&change);
    if (added == nullptr && changed == nullptr) return;
    const JobId id = added ? added->job : changed->job;
    const JobStatus& status = added ? added->status : changed->status;
    std::erase_if(jobs, [id](const auto& j) { return j.first == id; });
    jobs.emplace_back(id, status);
  }
};

}  // namespace retz::engine_test
