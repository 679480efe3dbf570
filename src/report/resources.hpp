// The resources that the nodes of a run have, by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retz/resources.hpp"
#include "retz/simulator.hpp"

namespace retz::report {

struct Resource {
  enum class Kind : std::uint8_t { cpus, mem, disk, gpus, custom };
  Kind kind = Kind::cpus;
  std::string name = {};
  double capacity = 0;  // of all nodes; thousandths of cpus and devices, MiB
};

/// Those that a node has: cpus, mem, disk, gpus, then custom scalars by name.
std::vector<Resource> resources_of(const std::vector<SimulatedNode>& nodes);

/// What a request takes of a node.
double amount_of(const Request& request, const Resource& resource, const Capacity& node);

}  // namespace retz::report
