// Figures of a finished simulation.
#pragma once

#include "retz/simulator.hpp"

namespace retz::simulator {

/// Fills the means from `simulation.jobs`; `jobs` are those of the workload that ran, in the same
/// order.
void measure(const std::vector<const WorkloadJob*>& jobs, const std::vector<SimulatedNode>& nodes,
             Simulation& simulation);

}  // namespace retz::simulator
