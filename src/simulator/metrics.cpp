// Sums run over the jobs in the order of the workload and in double, as the programs that published
// the figures did: another order changes the last digits.
#include "simulator/metrics.hpp"

#include <algorithm>

namespace retz::simulator {
namespace {

double seconds(Duration d) {
  return static_cast<double>(d.count()) / 1e6;
}

}  // namespace

void measure(const std::vector<const WorkloadJob*>& jobs, const std::vector<SimulatedNode>& nodes,
             Simulation& simulation) {
  if (jobs.empty()) return;
  double slowdowns = 0;
  double waits = 0;
  double used = 0;
  Duration first = simulation.jobs.front().submit;
  Duration last{0};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const SimulatedJob& job = simulation.jobs[i];
    const double wait = seconds(job.start - job.submit);
    const double run = seconds(job.end - job.start);
    slowdowns += std::max(1.0, (wait + run) / std::max(run, 10.0));
    waits += wait;
    used += static_cast<double>(jobs[i]->request.amounts.cpus) / 1000 * run;
    simulation.max_wait = std::max(simulation.max_wait, wait);
    first = std::min(first, job.submit);
    last = std::max(last, job.end);
  }
  double cpus = 0;
  for (const auto& node : nodes) cpus += static_cast<double>(node.capacity.amounts.cpus) / 1000;
  simulation.mean_bounded_slowdown = slowdowns / static_cast<double>(jobs.size());
  simulation.mean_wait = waits / static_cast<double>(jobs.size());
  simulation.makespan = seconds(last - first);
  if (cpus > 0 && simulation.makespan > 0) {
    simulation.utilisation = used / (cpus * simulation.makespan);
  }
}

}  // namespace retz::simulator
