// What a machine is made of, as plain data: copied from hwloc once, at the edge.
#pragma once

#include <cstdint>
#include <vector>

namespace retz {

struct NumaNode {
  int os_index = 0;
  std::int64_t mem = 0;  // MiB; 0: a node without memory
  friend auto operator<=>(const NumaNode&, const NumaNode&) = default;
};

struct Core {
  int package = 0;                    // ordinal
  int numa_node = -1;                 // OS index of the nearest node; -1: unknown
  std::vector<int> processing_units;  // OS indexes, ascending; those that may be used
  friend auto operator<=>(const Core&, const Core&) = default;
};

/// Only what this process may use: offline, isolated and forbidden units are left out.
struct Topology {
  std::vector<NumaNode> numa_nodes;                   // ascending by OS index
  std::vector<Core> cores;                            // no core without a unit
  std::vector<std::vector<std::uint64_t>> distances;  // [from][to], in numa_nodes' order; or empty
  std::int64_t mem = 0;                               // MiB, all nodes
  std::uint32_t processing_units = 0;
  friend auto operator<=>(const Topology&, const Topology&) = default;
};

}  // namespace retz
