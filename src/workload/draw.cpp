#include "workload/draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace retz::workload {

using std::chrono::hours;
using std::chrono::minutes;

double Draw::uniform() {
  return static_cast<double>(generator_.next() >> 11U) * 0x1p-53;
}

double Draw::exponential() {
  return -std::log(1 - uniform());
}

double Draw::normal() {
  for (;;) {
    const double x = uniform(-1, 1);
    const double y = uniform(-1, 1);
    const double square = x * x + y * y;
    if (square >= 1 || square == 0) continue;
    return x * std::sqrt(-2 * std::log(square) / square);
  }
}

double Draw::gamma(double shape, double scale) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v * scale;
  }
}

Users::Users(std::size_t count) {
  double sum = 0;
  for (std::size_t i = 1; i <= count; ++i) sums_.push_back(sum += 1 / static_cast<double>(i));
}

std::size_t Users::draw(Draw& draw) const {
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), draw.uniform() * sums_.back());
  return static_cast<std::size_t>(std::min(at, sums_.end() - 1) - sums_.begin()) + 1;
}

Duration typed_estimate(Duration run) {
  static constexpr std::array<Duration, 18> typed{
      minutes(1), minutes(5), minutes(10), minutes(15), minutes(20), minutes(30),
      hours(1),   hours(2),   hours(3),    hours(4),    hours(6),    hours(8),
      hours(12),  hours(18),  hours(24),   hours(36),   hours(48),   hours(72)};
  const auto* const enough = std::lower_bound(typed.begin(), typed.end(), run);
  return enough == typed.end() ? std::chrono::ceil<hours>(run) : *enough;
}

}  // namespace retz::workload
