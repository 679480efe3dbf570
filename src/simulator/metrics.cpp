// Sums run over the jobs in the order of the workload and in double, as the programs that published
// the figures did: another order changes the last digits.
#include <algorithm>

#include "retz/simulator.hpp"

namespace retz {
namespace {

double seconds(Duration d) {
  return static_cast<double>(d.count()) / 1e6;
}

}  // namespace

Metrics measure(const Workload& workload, const std::vector<SimulatedNode>& nodes,
                const Simulation& simulation) {
  Metrics metrics;
  if (simulation.jobs.empty()) return metrics;
  double used = 0;
  Duration first = workload.jobs[simulation.jobs.front().job].submit;
  Duration last{0};
  for (const SimulatedJob& ran : simulation.jobs) {
    const WorkloadJob& job = workload.jobs[ran.job];
    const double wait = seconds(ran.start - job.submit);
    const double run = seconds(ran.end - ran.start);
    metrics.mean_bounded_slowdown += std::max(1.0, (wait + run) / std::max(run, 10.0));
    metrics.mean_wait += wait;
    metrics.max_wait = std::max(metrics.max_wait, wait);
    used += static_cast<double>(job.request.amounts.cpus) * run;
    first = std::min(first, job.submit);
    last = std::max(last, ran.end);
  }
  const auto count = static_cast<double>(simulation.jobs.size());
  metrics.mean_bounded_slowdown /= count;
  metrics.mean_wait /= count;
  metrics.makespan = seconds(last - first);
  ResourceUse cpus{.name = "cpus"};
  for (const auto& node : nodes) cpus.capacity += static_cast<double>(node.capacity.amounts.cpus);
  if (cpus.capacity > 0 && metrics.makespan > 0) {
    cpus.utilisation = used / (cpus.capacity * metrics.makespan);
  }
  metrics.resources.push_back(std::move(cpus));
  return metrics;
}

}  // namespace retz
