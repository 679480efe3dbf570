// How waits and slowdowns are spread: quantiles, by size of job, by user.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "report/figures.hpp"

namespace retz::report {
namespace {

struct Felt {
  double wait = 0;
  double slowdown = 0;
};

Felt felt(const Workload& workload, const SimulatedJob& ran) {
  const double wait = in_seconds(ran.start - workload.jobs[ran.job].submit);
  const double run = in_seconds(ran.end - ran.start);
  return {wait, std::max(1.0, (wait + run) / std::max(run, 10.0))};
}

/// The smallest value that at least that part of the values do not exceed (nearest rank).
double quantile(const std::vector<double>& sorted, double part) {
  const auto count = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::max(0.0, std::ceil(part * count) - 1));
  return sorted[std::min(rank, sorted.size() - 1)];
}

// Classes by powers of two of whole cpus: 0, below 1, 1, 2, 3-4, 5-8, ...
int size_class(std::int64_t cpus) {
  if (cpus <= 0) return -2;
  if (cpus < 1000) return -1;
  int power = 0;
  while ((std::int64_t{1000} << power) < cpus) ++power;
  return power;
}

std::string class_name(int power) {
  if (power == -2) return "none";
  if (power == -1) return "< 1";
  const std::int64_t most = std::int64_t{1} << power;
  if (power < 2) return std::to_string(most);
  return std::to_string(most / 2 + 1) + "-" + std::to_string(most);
}

}  // namespace

void add_distributions(Figures& figures, const Workload& workload, const Simulation& simulation) {
  std::vector<double> waits;
  std::map<int, std::vector<double>> slowdowns;
  for (const SimulatedJob& ran : simulation.jobs) {
    const Felt job = felt(workload, ran);
    waits.push_back(job.wait);
    slowdowns[size_class(workload.jobs[ran.job].request.amounts.cpus)].push_back(job.slowdown);
  }
  if (waits.empty()) return;
  std::sort(waits.begin(), waits.end());
  for (std::size_t i = 0; i <= quantile_count; ++i) {
    figures.waits.push_back(
        quantile(waits, static_cast<double>(i) / static_cast<double>(quantile_count)));
  }
  for (auto& [power, values] : slowdowns) {
    std::sort(values.begin(), values.end());
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    figures.sizes.push_back({.cpus = class_name(power),
                             .jobs = values.size(),
                             .mean = sum / static_cast<double>(values.size()),
                             .median = quantile(values, 0.5),
                             .p95 = quantile(values, 0.95)});
  }
}

void add_users(Figures& figures, const Workload& workload, const std::vector<SimulatedNode>& nodes,
               const Simulation& simulation) {
  if (figures.bucket <= 0) return;
  struct Sums {
    std::uint64_t jobs = 0;
    double area = 0, wait = 0, slowdown = 0;
  };
  std::map<std::string_view, Sums> sums;
  double total = 0;
  for (const SimulatedJob& ran : simulation.jobs) {
    const WorkloadJob& job = workload.jobs[ran.job];
    const Felt own = felt(workload, ran);
    const double area =
        static_cast<double>(job.request.amounts.cpus) * in_seconds(ran.end - ran.start);
    Sums& sum = sums[job.user];
    sum.jobs += 1;
    sum.area += area;
    sum.wait += own.wait;
    sum.slowdown += own.slowdown;
    total += area;
  }
  std::vector<std::pair<std::string_view, Sums>> order(sums.begin(), sums.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.area > b.second.area; });
  // One more than is named need not be summed up.
  const std::size_t named = order.size() <= users_named + 1 ? order.size() : users_named;
  std::map<std::string_view, std::size_t> place;
  std::vector<Sums> shown(named + (named < order.size() ? 1 : 0));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t at = std::min(i, shown.size() - 1);
    place[order[i].first] = at;
    shown[at].jobs += order[i].second.jobs;
    shown[at].area += order[i].second.area;
    shown[at].wait += order[i].second.wait;
    shown[at].slowdown += order[i].second.slowdown;
  }
  double capacity = 0;
  for (const SimulatedNode& node : nodes) {
    capacity += static_cast<double>(node.capacity.amounts.cpus);
  }
  std::vector<Buckets> used(shown.size(), Buckets(figures.from, figures.bucket));
  for (const SimulatedJob& ran : simulation.jobs) {
    const WorkloadJob& job = workload.jobs[ran.job];
    used[place[job.user]].add(in_seconds(ran.start), in_seconds(ran.end),
                              static_cast<double>(job.request.amounts.cpus));
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto jobs = static_cast<double>(shown[i].jobs);
    UserFigures user{.name = i < named ? std::string(order[i].first) : "all others",
                     .jobs = shown[i].jobs,
                     .share = total > 0 ? shown[i].area / total : 0,
                     .mean_wait = shown[i].wait / jobs,
                     .mean_slowdown = shown[i].slowdown / jobs,
                     .used = used[i].means()};
    for (double& part : user.used) part = capacity > 0 ? part / capacity : 0;
    figures.users.push_back(std::move(user));
  }
}

}  // namespace retz::report
