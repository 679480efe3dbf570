#include "cluster_load.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace retz::bench {
namespace {

constexpr std::int64_t node_cpus = 64;
constexpr std::int64_t node_mem = 256 * 1024;

EngineOptions options_of(Policy policy) {
  EngineOptions options;
  options.policy = std::move(policy);
  return options;
}

template <class Made>
auto value_or_exit(Result<Made> made) {
  if (made) return std::move(*made);
  std::fprintf(stderr, "%s\n", made.error().message.c_str());
  std::exit(2);
}

}  // namespace

Policy policy_of(const std::string& ordering, const std::string& planner,
                 const std::string& fit_rule) {
  Policy policy;
  policy.ordering = value_or_exit(make_ordering(ordering));
  policy.planner = value_or_exit(make_planner(planner));
  policy.fit_rule = value_or_exit(make_fit_rule(fit_rule));
  return policy;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

LoadedEngine::LoadedEngine(const ClusterLoad& load, Policy policy)
    : load_(load), engine_(options_of(std::move(policy))) {
  std::vector<Event> grants;
  for (std::uint64_t i = 1; i <= load_.nodes; ++i) {
    Capacity capacity;
    capacity.amounts.cpus = node_cpus * 1000;
    capacity.amounts.mem = node_mem;
    grants.push_back({LeaseGranted{LeaseId{i}, "n" + std::to_string(i), LeaseKind::standing,
                                   std::move(capacity)}});
  }
  step(grants);
  fill();
}

// Lehmer's generator with the constants of Park and Miller.
std::uint64_t LoadedEngine::draw() {
  state_ = state_ * 48271 % 2147483647;
  return state_;
}

double LoadedEngine::step(const std::vector<Event>& events, Pass pass) {
  const auto start = std::chrono::steady_clock::now();
  const Step& step = engine_.step(events, now_, pass);
  const double taken =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const Decision& decision : step.decisions) {
    const auto* started = std::get_if<StartAttempt>(&decision);
    if (started == nullptr) continue;
    running_.push_back(started->attempt);
    ++starts_;
  }
  return taken;
}

// Jobs of 1 to 8 cpus until the wanted share of each node is in use.
void LoadedEngine::fill() {
  const auto wanted = static_cast<std::int64_t>(load_.load * static_cast<double>(node_cpus));
  for (std::int64_t used = 0; used < wanted;) {
    const std::int64_t cpus = std::min<std::int64_t>(1 + used % 8, wanted - used);
    std::vector<Event> events;
    for (std::size_t i = 0; i < load_.nodes; ++i) {
      JobFacts facts;
      facts.id = JobId{++last_job_};
      facts.user = "user" + std::to_string(i % 10);
      facts.request.amounts.cpus = cpus * 1000;
      facts.request.amounts.mem = cpus * 4096;
      facts.estimate = std::chrono::seconds(60 + draw() % 7200);
      events.push_back({JobSubmitted{std::move(facts)}});
    }
    step(events);
    used += cpus;
  }
}

JobFacts LoadedEngine::waiting_job(std::uint64_t number) const {
  const std::uint64_t shape = number % load_.shapes;
  const std::uint64_t estimates = std::max<std::uint64_t>(load_.classes / load_.shapes, 1);
  JobFacts facts;
  facts.user = "user" + std::to_string(shape % 10);
  facts.request.amounts.cpus = static_cast<std::int64_t>(1 + shape % 10) * 1000;
  facts.request.amounts.mem = static_cast<std::int64_t>(1 + shape / 10) * 512;
  facts.priority = static_cast<std::int32_t>(shape % 40) - 20;
  facts.estimate = std::chrono::seconds(60 + number / load_.shapes % estimates * 7);
  return facts;
}

double LoadedEngine::queue(std::size_t batch) {
  double taken = 0;
  batch = std::min(batch, load_.waiting);
  first_waiting_ = last_job_ + 1;
  for (std::size_t done = 0; done < load_.waiting; done += batch) {
    std::vector<Event> events;
    events.reserve(batch);
    for (std::size_t i = 0; i < batch; ++i) {
      JobFacts facts = waiting_job(done + i);
      facts.id = JobId{++last_job_};
      events.push_back({JobSubmitted{std::move(facts)}});
    }
    now_ += std::chrono::milliseconds(1);
    taken += step(events);
  }
  return taken;
}

double LoadedEngine::end_one() {
  now_ += std::chrono::milliseconds(1);
  std::swap(running_[draw() % running_.size()], running_.back());
  const std::vector<Event> events = {{AttemptEnded{running_.back(), {}, {}}}};
  running_.pop_back();
  return step(events);
}

double LoadedEngine::idle() {
  now_ += std::chrono::milliseconds(1);
  return step({Event{TimePassed{}}});
}

void LoadedEngine::change(Policy policy) {
  step({Event{PolicyChanged{std::move(policy)}}});
}

double LoadedEngine::explain_one() {
  for (;;) {
    const JobId job{first_waiting_ + draw() % load_.waiting};
    const auto start = std::chrono::steady_clock::now();
    const auto explained = engine_.explain(job);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (explained && explained->position > 0) return taken.count();
  }
}

std::size_t LoadedEngine::take_starts() {
  return std::exchange(starts_, 0);
}

}  // namespace retz::bench
