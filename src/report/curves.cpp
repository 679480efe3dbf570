// What happened over time: use of each resource, and how many jobs waited.
#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "report/figures.hpp"
#include "report/resources.hpp"

namespace retz::report {
namespace {

struct Span {
  double from = 0;
  double until = 0;
};

/// When jobs waited: before their first attempt, and after each that was lost.
std::vector<Span> waits_of(const Workload& workload, const Simulation& simulation) {
  std::vector<SimulatedJob> lost = simulation.lost;
  std::sort(lost.begin(), lost.end(), [](const SimulatedJob& a, const SimulatedJob& b) {
    return std::tie(a.job, a.start) < std::tie(b.job, b.start);
  });
  std::vector<Span> out;
  out.reserve(simulation.jobs.size() + lost.size());
  for (const SimulatedJob& ran : simulation.jobs) {
    double since = in_seconds(workload.jobs[ran.job].submit);
    auto attempt =
        std::lower_bound(lost.begin(), lost.end(), ran.job,
                         [](const SimulatedJob& a, std::uint32_t job) { return a.job < job; });
    for (; attempt != lost.end() && attempt->job == ran.job; ++attempt) {
      out.push_back({since, in_seconds(attempt->start)});
      since = in_seconds(attempt->end);
    }
    out.push_back({since, in_seconds(ran.start)});
  }
  return out;
}

std::uint64_t most_at_once(const std::vector<Span>& spans) {
  std::vector<double> begins, ends;
  for (const Span& span : spans) {
    if (span.until <= span.from) continue;
    begins.push_back(span.from);
    ends.push_back(span.until);
  }
  std::sort(begins.begin(), begins.end());
  std::sort(ends.begin(), ends.end());
  std::size_t ended = 0, most = 0;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    while (ends[ended] <= begins[i]) ++ended;
    most = std::max(most, i + 1 - ended);
  }
  return most;
}

void set_span(Figures& figures, const Workload& workload, const Simulation& simulation) {
  if (simulation.jobs.empty()) return;
  double first = in_seconds(workload.jobs[simulation.jobs.front().job].submit), last = first;
  for (const SimulatedJob& ran : simulation.jobs) {
    first = std::min(first, in_seconds(workload.jobs[ran.job].submit));
    last = std::max(last, in_seconds(ran.end));
  }
  figures.from = first;
  figures.bucket = std::max(last - first, 1e-6) / static_cast<double>(bucket_count);
}

}  // namespace

void Buckets::add(double from, double until, double value) {
  const auto most = static_cast<double>(bucket_count);
  const double begin = std::clamp((from - from_) / width_, 0.0, most);
  const double end = std::clamp((until - from_) / width_, 0.0, most);
  if (end <= begin) return;
  const auto first = std::min(static_cast<std::size_t>(begin), bucket_count - 1);
  const auto last = std::min(static_cast<std::size_t>(end), bucket_count - 1);
  if (first == last) {
    partial_[first] += (end - begin) * value;
    return;
  }
  partial_[first] += (static_cast<double>(first + 1) - begin) * value;
  partial_[last] += (end - static_cast<double>(last)) * value;
  change_[first + 1] += value;
  change_[last] -= value;
}

std::vector<double> Buckets::means() const {
  std::vector<double> out(bucket_count);
  double whole = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    whole += change_[i];
    out[i] = std::max(0.0, whole + partial_[i]);
  }
  return out;
}

void add_curves(Figures& figures, const Workload& workload, const std::vector<SimulatedNode>& nodes,
                const Simulation& simulation) {
  set_span(figures, workload, simulation);
  if (figures.bucket <= 0) return;
  for (const Resource& resource : resources_of(nodes)) {
    Buckets used(figures.from, figures.bucket);
    const auto add = [&](const SimulatedJob& ran) {
      const double amount =
          amount_of(workload.jobs[ran.job].request, resource, nodes[ran.node].capacity);
      if (amount > 0) used.add(in_seconds(ran.start), in_seconds(ran.end), amount);
    };
    std::for_each(simulation.jobs.begin(), simulation.jobs.end(), add);
    std::for_each(simulation.lost.begin(), simulation.lost.end(), add);
    UseOverTime use{.resource = resource.name, .used = used.means()};
    for (double& part : use.used) part /= resource.capacity;
    figures.use.push_back(std::move(use));
  }
  const std::vector<Span> waits = waits_of(workload, simulation);
  Buckets waiting(figures.from, figures.bucket);
  for (const Span& wait : waits) waiting.add(wait.from, wait.until, 1.0);
  figures.queue = waiting.means();
  figures.longest_queue = most_at_once(waits);
}

}  // namespace retz::report
