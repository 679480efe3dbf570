// Figures of several runs, for people.
#pragma once

#include <span>
#include <string>

namespace retz::cli {

struct MeanAndSd {
  double mean = 0;
  double sd = 0;  // of the population
};
/// Requires: at least one figure.
MeanAndSd mean_and_sd(std::span<const double> figures);

std::string decimal(double value, int places);

}  // namespace retz::cli
