// Rigid jobs after Lublin and Feitelson (JPDC 63(11), 2003), with the parameters that their program
// m_lublin99 has for the batch partition. Two things differ: arrivals are stretched to the load
// that is wanted, keeping day and night, and estimates are added.
#include <algorithm>
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

// Sizes: log2 of the processors is uniform in two stages.
constexpr double serial_part = 0.2927;
constexpr double power_of_two_part = 0.6686;
constexpr double size_low = 1.2;
constexpr double size_middle_below_high = 2;  // 5 where the machine has 2^7
constexpr double size_low_part = 0.875;
// Run times: their logarithm is gamma(a1, b1), or gamma(a2, b2) the more often the larger the job.
constexpr double run_a1 = 6.57, run_b1 = 0.823;
constexpr double run_a2 = 639.1, run_b2 = 0.0156;
constexpr double run_part_slope = -0.003, run_part_at_0 = 0.6986;
constexpr double run_log_max = 12;  // two days
// Gaps at the rush hour: their logarithm is gamma; more of them over the whole day.
constexpr double gap_a = 6.0415 * 1.0519, gap_b = 0.8531;
constexpr double gap_log_max = 13;  // five days
// The day: half hours from 5:30 on, by the distribution function of a gamma.
constexpr double day_a = 6.1271, day_b = 5.2740;
constexpr std::size_t day_begin = 11;
constexpr std::size_t users = 60;

// The part of gamma(a, 1) below x: Abramowitz and Stegun, 6.5.29.
double gamma_below(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < 1000 && term > sum * 1e-15; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * std::exp(a * std::log(x) - x - std::lgamma(a));
}

DayCycle day_cycle() {
  std::array<double, DayCycle::parts> weights{};
  for (std::size_t i = day_begin; i < day_begin + DayCycle::parts; ++i) {
    const auto at = static_cast<double>(i);
    weights[(i - 1) % DayCycle::parts] =
        gamma_below(day_a, (at + 0.5) / day_b) - gamma_below(day_a, (at - 0.5) / day_b);
  }
  return DayCycle(weights);
}

std::int64_t draw_size(Draw& draw, std::int64_t processors) {
  const double u = draw.uniform();
  if (u <= serial_part || processors < 2) return 1;
  const double high = std::log2(static_cast<double>(processors));
  const double middle = std::max(high - size_middle_below_high, size_low);
  double size = draw.uniform() <= size_low_part ? draw.uniform(size_low, middle)
                                                : draw.uniform(middle, std::max(high, middle));
  if (u <= serial_part + power_of_two_part) size = std::floor(size + 0.5);
  return std::clamp<std::int64_t>(std::llround(std::exp2(size)), 1, processors);
}

Duration draw_run(Draw& draw, std::int64_t size) {
  const double part =
      std::clamp(run_part_slope * static_cast<double>(size) + run_part_at_0, 0.0, 1.0);
  double log_run = run_log_max + 1;
  while (log_run > run_log_max) {
    log_run = draw.uniform() <= part ? draw.gamma(run_a1, run_b1) : draw.gamma(run_a2, run_b2);
  }
  return seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::exp(log_run))));
}

double draw_gap(Draw& draw) {
  double log_gap = gap_log_max + 1;
  while (log_gap > gap_log_max) log_gap = draw.gamma(gap_a, gap_b);
  return std::exp(log_gap);
}

Result<void> check(const LublinOptions& options) {
  if (options.jobs < 1 || options.jobs > 10'000'000) {
    return fail(Errc::invalid_argument, "must be from 1 to 10000000", "jobs");
  }
  if (options.processors < 1 || options.processors > 1'000'000) {
    return fail(Errc::invalid_argument, "must be from 1 to 1000000", "processors");
  }
  if (!(options.load >= 0.001) || options.load > 1000) {
    return fail(Errc::invalid_argument, "must be from 0.001 to 1000", "load");
  }
  return {};
}

}  // namespace

Result<Workload> generate_lublin(const LublinOptions& options) {
  if (const auto good = check(options); !good) return tl::unexpected(good.error());
  Draw draw(options.seed);
  const workload::Users who(users);
  Workload out;
  out.processors = options.processors;
  out.jobs.reserve(options.jobs);
  std::vector<double> gaps;
  gaps.reserve(options.jobs);
  double work = 0;  // cpu-microseconds
  for (std::uint64_t i = 1; i <= options.jobs; ++i) {
    gaps.push_back(draw_gap(draw));
    const std::int64_t size = draw_size(draw, options.processors);
    WorkloadJob job;
    job.number = i;
    job.run = draw_run(draw, size);
    job.estimate = workload::typed_estimate(job.run);
    job.request.amounts.cpus = size * 1000;
    job.user = "u" + std::to_string(who.draw(draw));
    work += static_cast<double>(size) * static_cast<double>(job.run.count());
    out.jobs.push_back(std::move(job));
  }
  const auto span =
      workload::span_of(work / (static_cast<double>(options.processors) * options.load));
  if (!span) return tl::unexpected(span.error());
  const auto times = workload::arrival_times(day_cycle(), gaps, *span);
  for (std::size_t i = 0; i < times.size(); ++i) out.jobs[i].submit = times[i];
  return out;
}

}  // namespace retz
