// Who was where in a window of time. Cores are given as the lowest that are free, which is how the
// picture is drawn: the simulation itself counts cpus and does not number them.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "report/figures.hpp"

namespace retz::report {
namespace {

constexpr std::size_t most_nodes = 32;
constexpr std::size_t most_bars_kept = 1500;

using Piece = std::pair<std::int64_t, std::int64_t>;  // thousandths of a cpu: [low, high)

/// The cpus of one node that nobody has, lowest first.
class FreeCores {
 public:
  explicit FreeCores(std::int64_t cpus) {
    if (cpus > 0) free_[0] = cpus;
  }

  /// Fewer where the node has no more.
  std::vector<Piece> take(std::int64_t cpus) {
    std::vector<Piece> out;
    while (cpus > 0 && !free_.empty()) {
      const auto [low, high] = *free_.begin();
      free_.erase(free_.begin());
      const std::int64_t end = std::min(high, low + cpus);
      if (end < high) free_[end] = high;
      out.emplace_back(low, end);
      cpus -= end - low;
    }
    return out;
  }

  void give_back(const std::vector<Piece>& pieces) {
    for (auto [low, high] : pieces) {
      auto after = free_.lower_bound(low);
      if (after != free_.end() && after->first == high) {
        high = after->second;
        after = free_.erase(after);
      }
      if (after != free_.begin() && std::prev(after)->second == low) {
        std::prev(after)->second = high;
      } else {
        free_[low] = high;
      }
    }
  }

 private:
  std::map<std::int64_t, std::int64_t> free_;  // from, until
};

double inside(const SimulatedJob& ran, ReportWindow window) {
  return in_seconds(std::min(ran.end, window.until) - std::max(ran.start, window.from));
}

std::vector<SimulatedJob> in_window(const Simulation& simulation, const Workload& workload,
                                    ReportWindow window) {
  std::vector<SimulatedJob> out;
  const auto look = [&](const SimulatedJob& ran) {
    const bool seen = ran.start < window.until && ran.end > window.from;
    if (seen && workload.jobs[ran.job].request.amounts.cpus > 0) out.push_back(ran);
  };
  std::for_each(simulation.jobs.begin(), simulation.jobs.end(), look);
  std::for_each(simulation.lost.begin(), simulation.lost.end(), look);
  std::sort(out.begin(), out.end(), [](const SimulatedJob& a, const SimulatedJob& b) {
    return std::tie(a.start, a.job) < std::tie(b.start, b.job);
  });
  return out;
}

/// The busiest nodes, in the order of the cluster; where each stands among them.
std::map<std::uint32_t, std::uint32_t> shown_nodes(const std::vector<SimulatedJob>& seen,
                                                   const Workload& workload, std::size_t nodes,
                                                   ReportWindow window) {
  std::vector<std::pair<double, std::uint32_t>> busy(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) busy[i].second = i;
  for (const SimulatedJob& ran : seen) {
    const auto cpus = static_cast<double>(workload.jobs[ran.job].request.amounts.cpus);
    busy[ran.node].first -= cpus * inside(ran, window);  // smallest first: the most used
  }
  std::sort(busy.begin(), busy.end());
  busy.resize(std::min(busy.size(), most_nodes));
  std::map<std::uint32_t, std::uint32_t> out;
  for (const auto& [used, node] : busy) out[node] = 0;
  std::uint32_t place = 0;
  for (auto& [node, at] : out) at = place++;
  return out;
}

std::map<std::string_view, std::uint32_t> users_by_use(const std::vector<SimulatedJob>& seen,
                                                       const Workload& workload,
                                                       ReportWindow window) {
  std::map<std::string_view, double> used;
  for (const SimulatedJob& ran : seen) {
    const WorkloadJob& job = workload.jobs[ran.job];
    used[job.user] += static_cast<double>(job.request.amounts.cpus) * inside(ran, window);
  }
  std::vector<std::pair<std::string_view, double>> order(used.begin(), used.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::map<std::string_view, std::uint32_t> out;
  for (std::uint32_t i = 0; i < order.size(); ++i) out[order[i].first] = i;
  return out;
}

}  // namespace

Gantt gantt_of(const Workload& workload, const std::vector<SimulatedNode>& nodes,
               const Simulation& simulation, ReportWindow window) {
  const std::vector<SimulatedJob> seen = in_window(simulation, workload, window);
  const auto place = shown_nodes(seen, workload, nodes.size(), window);
  const auto users = users_by_use(seen, workload, window);
  Gantt gantt{.from = in_seconds(window.from), .until = in_seconds(window.until)};
  gantt.of_nodes = nodes.size();
  std::vector<FreeCores> cores;
  for (const auto& [node, at] : place) {
    const std::int64_t cpus = nodes[node].capacity.amounts.cpus;
    gantt.nodes.push_back({nodes[node].name, static_cast<double>(cpus) / 1000.0});
    cores.emplace_back(cpus);
  }
  gantt.users.resize(users.size());
  for (const auto& [name, at] : users) gantt.users[at] = name;
  std::multimap<Duration, std::pair<std::uint32_t, std::vector<Piece>>> running;
  for (const SimulatedJob& ran : seen) {
    const auto at = place.find(ran.node);
    if (at == place.end()) continue;
    for (; !running.empty() && running.begin()->first <= ran.start;
         running.erase(running.begin())) {
      const auto& [node, pieces] = running.begin()->second;
      cores[node].give_back(pieces);
    }
    const WorkloadJob& job = workload.jobs[ran.job];
    std::vector<Piece> pieces = cores[at->second].take(job.request.amounts.cpus);
    for (const auto& [low, high] : pieces) {
      gantt.bars.push_back({.number = job.number,
                            .user = users.at(job.user),
                            .node = at->second,
                            .start = in_seconds(ran.start),
                            .end = in_seconds(ran.end),
                            .low = static_cast<double>(low) / 1000.0,
                            .high = static_cast<double>(high) / 1000.0});
    }
    running.emplace(ran.end, std::pair(at->second, std::move(pieces)));
  }
  shorten(gantt, most_bars_kept);
  return gantt;
}

void shorten(Gantt& gantt, std::size_t most_bars) {
  if (gantt.bars.size() <= most_bars) return;
  gantt.until = std::max(gantt.bars[most_bars].start, gantt.from);
  std::erase_if(gantt.bars, [&](const GanttBar& bar) { return bar.start >= gantt.until; });
}

}  // namespace retz::report
