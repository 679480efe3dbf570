#include "workload/day_cycle.hpp"

#include <cmath>

namespace retz::workload {
namespace {

constexpr double part_us = 1800e6;
constexpr double span_us_max = 1e17;  // 3,000 years, ten times less than readers take

}  // namespace

DayCycle::DayCycle(std::array<double, parts> weights) : weights_(weights) {
  double sum = 0;
  for (const double weight : weights_) sum += weight;
  for (double& weight : weights_) weight *= static_cast<double>(parts) / sum;
}

double DayCycle::points_until(Duration time) const {
  const double in_parts = static_cast<double>(time.count()) / part_us;
  const double days = std::floor(in_parts / parts);
  double points = days * parts;
  double rest = in_parts - points;
  for (std::size_t i = 0; i < parts && rest > 0; ++i, rest -= 1) {
    points += weights_[i] * std::fmin(rest, 1);
  }
  return points;
}

Duration DayCycle::time_of(double points) const {
  const double days = std::floor(points / parts);
  double rest = points - days * parts;
  double in_parts = days * parts;
  std::size_t i = 0;
  for (; i + 1 < parts && rest > weights_[i]; ++i) {
    rest -= weights_[i];
    in_parts += 1;
  }
  in_parts += rest / weights_[i];
  return Duration(std::llround(in_parts * part_us));
}

Result<Duration> span_of(double microseconds) {
  if (microseconds <= span_us_max) return Duration(std::llround(microseconds));
  return fail(Errc::invalid_argument,
              "is so low for so many jobs that they would come over more than 3000 years", "load");
}

std::vector<Duration> arrival_times(const DayCycle& cycle, const std::vector<double>& gaps,
                                    Duration span) {
  double sum = 0;
  for (const double gap : gaps) sum += gap;
  const double stretch = sum > 0 ? cycle.points_until(span) / sum : 0;
  std::vector<Duration> times;
  times.reserve(gaps.size());
  double points = 0;
  for (const double gap : gaps) {
    points += gap * stretch;
    // Logs count whole seconds.
    times.push_back(std::chrono::floor<std::chrono::seconds>(cycle.time_of(points)));
  }
  return times;
}

}  // namespace retz::workload
