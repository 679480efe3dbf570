// Where a Gantt chart looks when nobody says where.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "report/figures.hpp"
#include "report/resources.hpp"

namespace retz {
namespace {

// How much of the machines a job takes, as a part of its scarcest resource, times its run time.
double work_of(const WorkloadJob& job, const std::vector<report::Resource>& resources,
               const Capacity& node) {
  double part = 0;
  for (const report::Resource& resource : resources) {
    part = std::max(part, report::amount_of(job.request, resource, node) / resource.capacity);
  }
  return part * in_seconds(job.run);
}

}  // namespace

// The backlog of a fluid that flows in with each submission and runs off at full capacity.
ReportWindow busiest_window(const Workload& workload, const std::vector<SimulatedNode>& nodes) {
  if (workload.jobs.empty() || nodes.empty()) return {};
  std::vector<std::uint32_t> order(workload.jobs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return workload.jobs[a].submit < workload.jobs[b].submit;
  });
  const std::vector<report::Resource> resources = report::resources_of(nodes);
  double backlog = 0, highest = -1, before = 0;
  std::size_t peak = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const WorkloadJob& job = workload.jobs[order[i]];
    const double now = in_seconds(job.submit);
    backlog = std::max(0.0, backlog - (now - before));
    backlog += work_of(job, resources, nodes.front().capacity);
    before = now;
    if (backlog > highest) {
      highest = backlog;
      peak = i;
    }
  }
  constexpr std::size_t around = 100;
  const std::size_t first = peak < around ? 0 : peak - around;
  const std::size_t last = std::min(order.size() - 1, peak + around);
  // Run times weighed by the work that is done in them: those of the jobs that fill the picture.
  double weighed = 0, work = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const WorkloadJob& job = workload.jobs[order[i]];
    const double own = work_of(job, resources, nodes.front().capacity);
    work += own;
    weighed += own * in_seconds(job.run);
  }
  const auto run = work > 0 ? std::chrono::seconds(static_cast<std::int64_t>(weighed / work))
                            : std::chrono::seconds(0);
  const Duration submitted = workload.jobs[order[last]].submit - workload.jobs[order[first]].submit;
  const Duration length =
      std::max({submitted, Duration(run * 2), Duration(std::chrono::seconds(1))});
  const Duration middle = workload.jobs[order[peak]].submit;
  const Duration begin = workload.jobs[order.front()].submit;
  const Duration from = std::max(begin, middle - length / 2);
  return {.from = from, .until = from + length};
}

}  // namespace retz
