// What a page shows of one run: a few hundred points, whatever the size of the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retz/report.hpp"

namespace retz::report {

inline constexpr std::size_t bucket_count = 300;    // points of a curve over time
inline constexpr std::size_t quantile_count = 200;  // steps of a distribution
inline constexpr std::size_t users_named = 7;       // the others are summed up

/// All times in seconds.
struct UseOverTime {
  std::string resource = {};
  std::vector<double> used = {};  // part of the capacity, mean of each bucket
};

struct SizeClass {
  std::string cpus = {};  // "1", "3-4"
  std::uint64_t jobs = 0;
  double mean = 0, median = 0, p95 = 0;  // bounded slowdown
};

struct UserFigures {
  std::string name = {};
  std::uint64_t jobs = 0;
  double share = 0;  // of the cpu time used by all
  double mean_wait = 0, mean_slowdown = 0;
  std::vector<double> used = {};  // cpus, part of the capacity, mean of each bucket
};

/// A part of a job's stay on a node: it may hold several runs of neighbouring cores.
struct GanttBar {
  std::uint64_t number = 0;  // of the job, as the log names it
  std::uint32_t user = 0;    // index into Gantt::users
  std::uint32_t node = 0;    // index into Gantt::nodes
  double start = 0, end = 0;
  double low = 0, high = 0;  // cpus of the node: [low, high)
};

struct GanttNode {
  std::string name = {};
  double cpus = 0;
};

struct Gantt {
  double from = 0, until = 0;
  std::vector<GanttNode> nodes = {};  // the busiest of `of_nodes`
  std::uint64_t of_nodes = 0;
  std::vector<std::string> users = {};  // those with the most cpu time in the window first
  std::vector<GanttBar> bars = {};      // by start
};

struct Figures {
  std::string label = {};
  Metrics metrics = {};
  std::uint64_t jobs = 0, refused = 0, stuck = 0, lost = 0;
  double from = 0, bucket = 0;  // of the curves
  std::vector<UseOverTime> use = {};
  std::vector<double> queue = {};  // jobs that wait, mean of each bucket
  std::uint64_t longest_queue = 0;
  std::vector<double> waits = {};  // quantiles 0, 1/200, ... 1
  std::vector<SizeClass> sizes = {};
  std::vector<UserFigures> users = {};  // by share; the last may be all others
  Gantt gantt = {};
};

void add_curves(Figures& figures, const Workload& workload, const std::vector<SimulatedNode>& nodes,
                const Simulation& simulation);
void add_distributions(Figures& figures, const Workload& workload, const Simulation& simulation);
/// Requires: after add_curves.
void add_users(Figures& figures, const Workload& workload, const std::vector<SimulatedNode>& nodes,
               const Simulation& simulation);
Gantt gantt_of(const Workload& workload, const std::vector<SimulatedNode>& nodes,
               const Simulation& simulation, ReportWindow window);
/// Ends its window where it would have more bars than that.
void shorten(Gantt& gantt, std::size_t most_bars);

std::string to_json(const Figures& figures);
Result<Figures> figures_from_json(std::string_view text);

/// Sums what is used or waiting over time into equal buckets, in time linear in what is added.
class Buckets {
 public:
  Buckets(double from, double width) : from_(from), width_(width) {}
  void add(double from, double until, double value);
  std::vector<double> means() const;

 private:
  double from_, width_;
  std::vector<double> partial_ = std::vector<double>(bucket_count, 0.0);
  std::vector<double> change_ = std::vector<double>(bucket_count + 1, 0.0);
};

}  // namespace retz::report
