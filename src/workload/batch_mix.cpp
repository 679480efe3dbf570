// Business batches: most of the work comes at night, most jobs are small and short, most of the
// work is in the few that are not. Not fitted to a log; the shares stand below.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "retz/workload.hpp"
#include "workload/day_cycle.hpp"
#include "workload/draw.hpp"

namespace retz {
namespace {

using std::chrono::seconds;
using workload::DayCycle;
using workload::Draw;

// Parts of a node from..to, memory relative to the node's memory a cpu, run time: log-normal.
struct Kind {
  double part;  // of the jobs
  double cpus_from, cpus_to;
  double mem_from, mem_to;
  double median_s, deviation;
};
constexpr std::array kinds{
    Kind{0.62, 1.0 / 32, 1.0 / 32, 0.25, 1.5, 90, 1.2},
    Kind{0.28, 2.0 / 32, 8.0 / 32, 0.25, 2.0, 900, 1.0},
    Kind{0.08, 8.0 / 32, 16.0 / 32, 0.5, 1.75, 2400, 0.8},
    Kind{0.02, 20.0 / 32, 1.0, 0.4, 1.0, 4800, 0.7},
};
constexpr double gpu_part = 0.1;        // of the jobs, where nodes have devices
constexpr double gpu_share_part = 0.5;  // of those: a part of a device
constexpr double run_s_max = 12 * 3600;
constexpr std::size_t users = 25;

// Ten times as busy from 22 to 2 as at noon.
DayCycle nights() {
  std::array<double, DayCycle::parts> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double hour = (static_cast<double>(i) + 0.5) / 2;
    const double from_midnight = std::min(hour, 24 - hour);
    weights[i] = from_midnight < 2 ? 10 : from_midnight < 5 ? 4 : 1;
  }
  return DayCycle(weights);
}

const Kind& draw_kind(Draw& draw) {
  double u = draw.uniform();
  for (const Kind& kind : kinds) {
    if (u < kind.part) return kind;
    u -= kind.part;
  }
  return kinds.front();
}

void draw_gpus(Draw& draw, const Capacity& node, GpuRequest& gpus) {
  if (node.gpus.empty() || draw.uniform() >= gpu_part) return;
  if (draw.uniform() < gpu_share_part) {
    gpus.share = static_cast<std::int32_t>(250 * (1 + draw.below(3)));
  } else {
    gpus.devices =
        static_cast<std::int32_t>(1 + draw.below(std::min<std::size_t>(4, node.gpus.size())));
  }
}

WorkloadJob draw_job(Draw& draw, const Capacity& node) {
  const Kind& kind = draw_kind(draw);
  WorkloadJob job;
  const auto whole = static_cast<double>(node.amounts.cpus) / 1000;
  const double cpus = std::clamp(std::round(whole * draw.uniform(kind.cpus_from, kind.cpus_to)),
                                 std::min(1.0, whole), whole);
  job.request.amounts.cpus = std::llround(cpus * 1000);
  const double mem_of_cpus = static_cast<double>(node.amounts.mem) * cpus / whole;
  const double mem = mem_of_cpus * draw.uniform(kind.mem_from, kind.mem_to);
  // People ask for round amounts.
  const std::int64_t step = mem < 4096 ? 256 : 1024;
  const auto rounded = static_cast<std::int64_t>(std::ceil(mem / static_cast<double>(step))) * step;
  job.request.amounts.mem = std::min(rounded, node.amounts.mem);
  draw_gpus(draw, node, job.request.gpus);
  const double run = kind.median_s * std::exp(kind.deviation * draw.normal());
  job.run = seconds(std::llround(std::clamp(run, 1.0, run_s_max)));
  const auto guessed = static_cast<double>(job.run.count()) * draw.uniform(1, 2.5);
  job.estimate = workload::typed_estimate(Duration(std::llround(guessed)));
  return job;
}

// Offered work of the dimension asked for most, in node-microseconds.
class Demand {
 public:
  explicit Demand(const Capacity& node) : node_(node) {}
  void add(const WorkloadJob& job) {
    const auto run = static_cast<double>(job.run.count());
    const auto part = [&](std::int64_t asked, std::int64_t has) {
      return has > 0 ? run * static_cast<double>(asked) / static_cast<double>(has) : 0;
    };
    const GpuRequest& gpus = job.request.gpus;
    cpus_ += part(job.request.amounts.cpus, node_.amounts.cpus);
    mem_ += part(job.request.amounts.mem, node_.amounts.mem);
    gpus_ +=
        part(gpus.devices * 1000 + gpus.share, static_cast<std::int64_t>(node_.gpus.size()) * 1000);
  }
  double most() const { return std::max({cpus_, mem_, gpus_}); }

 private:
  const Capacity& node_;
  double cpus_ = 0, mem_ = 0, gpus_ = 0;
};

Result<void> check(const BatchMixOptions& options) {
  if (options.jobs < 1 || options.jobs > 10'000'000) {
    return fail(Errc::invalid_argument, "must be from 1 to 10000000", "jobs");
  }
  if (options.nodes < 1 || options.nodes > 1'000'000) {
    return fail(Errc::invalid_argument, "must be from 1 to 1000000", "nodes");
  }
  if (!(options.load >= 0.001) || options.load > 1000) {
    return fail(Errc::invalid_argument, "must be from 0.001 to 1000", "load");
  }
  return {};
}

}  // namespace

Result<Workload> generate_batch_mix(const BatchMixOptions& options) {
  if (const auto good = check(options); !good) return tl::unexpected(good.error());
  Capacity node = options.node;
  if (node.amounts.cpus == 0) node.amounts.cpus = 32'000;
  if (node.amounts.mem == 0) node.amounts.mem = std::int64_t{128} * 1024;
  Draw draw(options.seed);
  const workload::Users who(users);
  Demand demand(node);
  Workload out;
  out.processors = options.nodes * node.amounts.cpus / 1000;
  out.jobs.reserve(options.jobs);
  std::vector<double> gaps;
  gaps.reserve(options.jobs);
  for (std::uint64_t i = 1; i <= options.jobs; ++i) {
    gaps.push_back(draw.exponential());
    WorkloadJob job = draw_job(draw, node);
    job.number = i;
    job.user = "u" + std::to_string(who.draw(draw));
    demand.add(job);
    out.jobs.push_back(std::move(job));
  }
  const auto span =
      workload::span_of(demand.most() / (static_cast<double>(options.nodes) * options.load));
  if (!span) return tl::unexpected(span.error());
  const auto times = workload::arrival_times(nights(), gaps, *span);
  for (std::size_t i = 0; i < times.size(); ++i) out.jobs[i].submit = times[i];
  return out;
}

}  // namespace retz
