#include "load.hpp"

#include <algorithm>
#include <string>

namespace retz::bench {
namespace {

constexpr std::int64_t node_cpus = 64000;

Engine engine_with(std::shared_ptr<const Planner> planner, std::shared_ptr<const FitRule> rule) {
  EngineOptions options;
  options.policy.ordering = orderings::fifo();
  options.policy.planner = std::move(planner);
  options.policy.fit_rule = std::move(rule);
  return Engine(std::move(options));
}

Event grant(std::uint64_t number) {
  Capacity capacity;
  capacity.amounts.cpus = node_cpus;
  capacity.amounts.mem = 256 * 1024;
  return {LeaseGranted{LeaseId{number}, "node" + std::to_string(number), LeaseKind::standing,
                       std::move(capacity)}};
}

JobFacts facts(std::uint64_t id, std::int64_t cpus, std::int64_t mem) {
  JobFacts made;
  made.id = JobId{id};
  made.user = "user" + std::to_string(id % 10);
  made.request.amounts.cpus = cpus;
  made.request.amounts.mem = mem;
  made.estimate = std::chrono::hours(1);
  return made;
}

}  // namespace

std::vector<Event> submissions(std::uint64_t first, std::size_t count) {
  std::vector<Event> events;
  events.reserve(count);
  for (std::uint64_t id = first; id < first + count; ++id) {
    const auto shape = static_cast<std::int64_t>(id % 100);
    events.push_back({JobSubmitted{facts(id, 1000 * (1 + shape % 10), 512 * (1 + shape / 10))}});
  }
  return events;
}

Engine full_engine(std::shared_ptr<const Planner> planner) {
  Engine engine = engine_with(std::move(planner), fit_rules::best());
  const std::vector<Event> events = {grant(1), {JobSubmitted{facts(1, node_cpus, 1)}}};
  engine.step(events, Instant{});
  return engine;
}

void queue_jobs(Engine& engine, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const std::size_t batch = std::min<std::size_t>(100, count - done);
    engine.step(submissions(2 + done, batch), Instant{});
    done += batch;
  }
}

Engine cluster_engine(std::size_t count, std::shared_ptr<const FitRule> rule) {
  Engine engine = engine_with(planners::first_fit(), std::move(rule));
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= count; ++i) events.push_back(grant(i));
  engine.step(events, Instant{});
  return engine;
}

std::vector<Event> small_jobs(std::uint64_t first, std::size_t count) {
  std::vector<Event> events;
  events.reserve(count);
  for (std::uint64_t id = first; id < first + count; ++id) {
    events.push_back({JobSubmitted{facts(id, 1000, 1024)}});
  }
  return events;
}

}  // namespace retz::bench
