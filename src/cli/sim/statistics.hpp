// What may be said of a mean from a few runs.
#pragma once

#include <string>
#include <vector>

namespace retz::cli {

/// A mean and the half width of its 95 % confidence interval, by Student's t distribution
/// ("Student", The probable error of a mean, Biometrika 1908): runs from different seeds are
/// independent and their mean is near enough to normal.
struct Estimate {
  double mean = 0;
  double half_width = 0;  // infinite for a single run
};
/// Requires: not empty.
Estimate estimate(const std::vector<double>& values);

/// Pairs of runs on the same input: the mean difference (second - first), whose interval is
/// narrower than that of either by what the input has in common.
/// Requires: of one length, not empty.
Estimate difference(const std::vector<double>& first, const std::vector<double>& second);

/// What a difference of two means shows: "better", "worse", or "no difference shown" where its
/// interval holds 0; "one run" where there is no interval, "runs do not differ by seed" where that
/// interval says nothing, as all runs of a mean are one run repeated; "no job ran" for NaN.
std::string verdict(const Estimate& first, const Estimate& second, const Estimate& difference,
                    bool smaller_is_better);

}  // namespace retz::cli
