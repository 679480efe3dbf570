// Arrivals that are dense at some hours of the day and thin at others.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::workload {

/// How busy each half hour of the day is, 1 on the mean.
class DayCycle {
 public:
  static constexpr std::size_t parts = 48;
  /// Requires: all weights > 0.
  explicit DayCycle(std::array<double, parts> weights);
  /// Busyness summed up from midnight of the first day, in half hours of mean busyness.
  double points_until(Duration time) const;
  /// The reverse.
  Duration time_of(double points) const;

 private:
  std::array<double, parts> weights_;
};

/// The time in which the last job shall come. Error: longer than a workload can be (`load`).
Result<Duration> span_of(double microseconds);

/// Arrival times after `gaps` of busyness, stretched evenly so that the last comes at `span`.
std::vector<Duration> arrival_times(const DayCycle& cycle, const std::vector<double>& gaps,
                                    Duration span);

}  // namespace retz::workload
