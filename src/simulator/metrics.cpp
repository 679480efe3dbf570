// Sums run over the jobs in the order of the workload and in double, as the programs that published
// the figures did: another order changes the last digits.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "retz/simulator.hpp"
#include "simulator/sweep.hpp"

namespace retz {
namespace {

void measure_jobs(const Workload& workload, const std::vector<SimulatedJob>& jobs,
                  Metrics& metrics) {
  Duration first = workload.jobs[jobs.front().job].submit;
  Duration last{0};
  std::vector<Duration> waits;
  waits.reserve(jobs.size());
  for (const SimulatedJob& ran : jobs) {
    const WorkloadJob& job = workload.jobs[ran.job];
    const double wait = in_seconds(ran.start - job.submit);
    const double run = in_seconds(ran.end - ran.start);
    const double slowdown = std::max(1.0, (wait + run) / std::max(run, 10.0));
    metrics.mean_bounded_slowdown += slowdown;
    metrics.max_bounded_slowdown = std::max(metrics.max_bounded_slowdown, slowdown);
    metrics.mean_wait += wait;
    metrics.mean_flow += wait + run;
    first = std::min(first, job.submit);
    last = std::max(last, ran.end);
    waits.push_back(ran.start - job.submit);
  }
  const auto count = static_cast<double>(jobs.size());
  metrics.mean_bounded_slowdown /= count;
  metrics.mean_wait /= count;
  metrics.mean_flow /= count;
  metrics.makespan = in_seconds(last - first);
  // The smallest wait that 95 of 100 jobs do not exceed (nearest rank).
  const auto rank = waits.begin() + static_cast<std::ptrdiff_t>((waits.size() * 95 + 99) / 100 - 1);
  std::nth_element(waits.begin(), rank, waits.end());
  metrics.p95_wait = in_seconds(*rank);
  metrics.max_wait = in_seconds(*std::max_element(rank, waits.end()));
}

}  // namespace

Metrics measure(const Workload& workload, const std::vector<SimulatedNode>& nodes,
                const Simulation& simulation) {
  Metrics metrics;
  if (simulation.jobs.empty()) return metrics;
  measure_jobs(workload, simulation.jobs, metrics);
  metrics.resources = simulator::resource_use(workload, nodes, simulation, metrics.makespan);
  for (const ResourceUse& use : metrics.resources) {
    metrics.utilisation_while_queued = std::max(metrics.utilisation_while_queued, use.while_queued);
  }
  return metrics;
}

}  // namespace retz
