// A window of a log, as RLScheduler draws them.
#include <algorithm>
#include <numeric>

#include "retz/experiment.hpp"

namespace retz {

Result<Workload> window_of(const Workload& log, std::size_t first, std::size_t length) {
  if (length == 0 || first > log.jobs.size() || length > log.jobs.size() - first) {
    return fail(Errc::invalid_argument,
                "a window of " + std::to_string(length) + " jobs from " + std::to_string(first) +
                    " on does not lie within the log's " + std::to_string(log.jobs.size()),
                "first");
  }
  std::vector<std::uint32_t> order(log.jobs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return log.jobs[a].number < log.jobs[b].number;
  });
  Workload window;
  window.processors = log.processors;
  for (std::size_t i = first; i < first + length; ++i) {
    window.jobs.push_back(log.jobs[order[i]]);
    if (!window.jobs.back().after.empty()) {
      return fail(Errc::invalid_argument, "jobs of a window cannot wait for others", "after");
    }
  }
  return window;
}

}  // namespace retz
