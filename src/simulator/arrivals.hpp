// When each job of a workload is handed to the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "retz/result.hpp"
#include "retz/workload.hpp"

namespace retz::simulator {

struct Arrival {
  Duration at{0};
  std::uint32_t job = 0;  // index into Workload::jobs
};

/// By time of submission, at one time in the order of the log; a job that waits for one that is
/// submitted later comes with it. Error: invalid_argument: jobs wait for each other in a circle, or
/// for one that is not there.
Result<std::vector<Arrival>> arrivals(const Workload& workload);

}  // namespace retz::simulator
