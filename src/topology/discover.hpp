// hwloc's view of a machine, copied into plain data.
#pragma once

#include <string>

#include "retz/result.hpp"
#include "retz/topology.hpp"

namespace retz::topology {

/// This machine, cut down to what this process may use (cpuset and affinity).
Result<Topology> discover();

/// A made-up machine in hwloc's notation: "pack:2 [numa(memory=64GB)] core:4 pu:2".
/// Error: invalid_argument.
Result<Topology> from_synthetic(const std::string& description);

}  // namespace retz::topology
