#include "cli/sim/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace retz::cli {

Estimate estimate(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Estimate out;
  out.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  out.half_width = std::numeric_limits<double>::infinity();
  if (values.size() < 2) return out;
  // Without the rounding that a sum has.
  if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end()) {
    return {.mean = values.front(), .half_width = 0};
  }
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  const double deviation = std::sqrt(squares / (count - 1));
  const boost::math::students_t distribution(count - 1);
  out.half_width = boost::math::quantile(distribution, 0.975) * deviation / std::sqrt(count);
  return out;
}

Estimate difference(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> pairs;
  pairs.reserve(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) pairs.push_back(second[i] - first[i]);
  return estimate(pairs);
}

std::string verdict(const Estimate& first, const Estimate& second, const Estimate& difference,
                    bool smaller_is_better) {
  if (std::isnan(difference.mean)) return "no job ran";
  if (std::isinf(difference.half_width)) return "one run";
  if (difference.mean != 0 && first.half_width == 0 && second.half_width == 0) {
    return "runs do not differ by seed";
  }
  if (std::abs(difference.mean) <= difference.half_width) return "no difference shown";
  return (difference.mean < 0) == smaller_is_better ? "better" : "worse";
}

}  // namespace retz::cli
