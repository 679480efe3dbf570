// Nodes that go and come back, as a row of things that happen.
#pragma once

#include <cstdint>
#include <vector>

#include "retz/simulator.hpp"

namespace retz::simulator {

struct NodeTurn {
  Duration at{0};
  std::uint32_t node = 0;
  bool lost = true;  // else it is back
};

/// By time. Failures of one node that overlap or touch are one.
std::vector<NodeFailure> merged(std::vector<NodeFailure> failures);
std::vector<NodeTurn> node_turns(const std::vector<NodeFailure>& merged_failures);

}  // namespace retz::simulator
