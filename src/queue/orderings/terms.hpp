// What the formulas of the literature are made of.
#pragma once

#include <algorithm>
#include <cmath>

#include "retz/ordering.hpp"

namespace retz::orderings {

inline double cpus(const RankedJob& job) {
  return static_cast<double>(job.request.amounts.cpus) / 1000;
}

/// log10 of the second of its submission; of the first second and before, 0.
inline double log_submission(const RankedJob& job) {
  return std::log10(std::max(in_seconds(job.submitted.time_since_epoch()), 1.0));
}

}  // namespace retz::orderings
