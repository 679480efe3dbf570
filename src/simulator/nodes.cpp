// Modelled clusters in one line.
#include <string>

#include "retz/simulator.hpp"

namespace retz {

std::vector<SimulatedNode> one_node(std::int64_t cpus) {
  SimulatedNode node{"machine", {}};
  node.capacity.amounts.cpus = cpus * 1000;
  return {std::move(node)};
}

std::vector<SimulatedNode> equal_nodes(std::size_t count, const Capacity& capacity) {
  const std::size_t digits = std::to_string(count).size();
  std::vector<SimulatedNode> nodes;
  nodes.reserve(count);
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string number = std::to_string(i);
    nodes.push_back({"node" + std::string(digits - number.size(), '0') + number, capacity});
  }
  return nodes;
}

}  // namespace retz
