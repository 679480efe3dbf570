// What each resource was used for over the time of a schedule.
#pragma once

#include <vector>

#include "retz/simulator.hpp"

namespace retz::simulator {

/// `makespan` in seconds. Requires: at least one job ran.
std::vector<ResourceUse> resource_use(const Workload& workload,
                                      const std::vector<SimulatedNode>& nodes,
                                      const Simulation& simulation, double makespan);

}  // namespace retz::simulator
