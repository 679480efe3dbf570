// Topological order by Kahn (1962), the earliest submission first among those that may come.
#include "simulator/arrivals.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <string>
#include <utility>

namespace retz::simulator {
namespace {

using Jobs = std::vector<WorkloadJob>;

std::vector<Arrival> by_time(const Jobs& jobs) {
  std::vector<Arrival> order;
  order.reserve(jobs.size());
  for (std::uint32_t i = 0; i < jobs.size(); ++i) order.push_back({jobs[i].submit, i});
  const auto earlier = [](const Arrival& a, const Arrival& b) { return a.at < b.at; };
  if (!std::is_sorted(order.begin(), order.end(), earlier)) {
    std::stable_sort(order.begin(), order.end(), earlier);
  }
  return order;
}

Result<std::vector<Arrival>> by_dependencies(const Jobs& jobs) {
  std::vector<std::uint32_t> missing(jobs.size());
  std::vector<std::vector<std::uint32_t>> dependents(jobs.size());
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    for (const std::uint32_t other : jobs[i].after) {
      if (other >= jobs.size()) {
        return fail(Errc::invalid_argument,
                    "job " + std::to_string(jobs[i].number) + " waits for one that is not there",
                    "jobs");
      }
      dependents[other].push_back(i);
    }
    missing[i] = static_cast<std::uint32_t>(jobs[i].after.size());
  }
  using Ready = std::pair<Duration, std::uint32_t>;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    if (missing[i] == 0) ready.emplace(jobs[i].submit, i);
  }
  std::vector<Arrival> order;
  order.reserve(jobs.size());
  Duration last{0};
  while (!ready.empty()) {
    const auto [submit, job] = ready.top();
    ready.pop();
    last = std::max(last, submit);
    order.push_back({last, job});
    for (const std::uint32_t dependent : dependents[job]) {
      if (--missing[dependent] == 0) ready.emplace(jobs[dependent].submit, dependent);
    }
  }
  if (order.size() < jobs.size()) {
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](auto n) { return n > 0; });
    const auto& job = jobs[static_cast<std::size_t>(stuck - missing.begin())];
    return fail(Errc::invalid_argument,
                "job " + std::to_string(job.number) + " waits, through others, for itself", "jobs");
  }
  return order;
}

}  // namespace

Result<std::vector<Arrival>> arrivals(const Workload& workload) {
  const bool free = std::all_of(workload.jobs.begin(), workload.jobs.end(),
                                [](const WorkloadJob& job) { return job.after.empty(); });
  if (free) return by_time(workload.jobs);
  return by_dependencies(workload.jobs);
}

}  // namespace retz::simulator
