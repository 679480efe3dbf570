#include "cli/sim/figures.hpp"

#include <cmath>
#include <cstdio>
#include <numeric>

namespace retz::cli {

MeanAndSd mean_and_sd(std::span<const double> figures) {
  const auto count = static_cast<double>(figures.size());
  MeanAndSd found{std::accumulate(figures.begin(), figures.end(), 0.0) / count, 0};
  for (const double figure : figures) found.sd += (figure - found.mean) * (figure - found.mean);
  found.sd = std::sqrt(found.sd / count);
  return found;
}

std::string decimal(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

}  // namespace retz::cli
