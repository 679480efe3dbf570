// Input shaking: submissions moved a little, so that a schedule tells of the policy and not of one
// accident of the log.
#include "base/generator.hpp"
#include "retz/workload.hpp"

namespace retz {

Workload shaken(Workload workload, Duration most, std::uint64_t seed) {
  base::Generator generator(seed);
  const auto range = static_cast<std::uint64_t>(most.count()) * 2 + 1;
  for (WorkloadJob& job : workload.jobs) {
    const Duration by(static_cast<std::int64_t>(generator.below(range)) - most.count());
    // Reflected at the begin: what is held there instead would be submitted all at once.
    job.submit = std::chrono::abs(job.submit + by);
  }
  return workload;
}

}  // namespace retz
