#include "simulator/outages.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/generator.hpp"

namespace retz {
namespace simulator {

std::vector<NodeFailure> merged(std::vector<NodeFailure> failures) {
  std::sort(failures.begin(), failures.end(), [](const NodeFailure& a, const NodeFailure& b) {
    return std::tie(a.node, a.from, a.until) < std::tie(b.node, b.from, b.until);
  });
  std::vector<NodeFailure> out;
  for (const NodeFailure& failure : failures) {
    if (!out.empty() && out.back().node == failure.node && failure.from <= out.back().until) {
      out.back().until = std::max(out.back().until, failure.until);
    } else {
      out.push_back(failure);
    }
  }
  return out;
}

std::vector<NodeTurn> node_turns(const std::vector<NodeFailure>& merged_failures) {
  std::vector<NodeTurn> turns;
  for (const NodeFailure& failure : merged_failures) {
    turns.push_back({failure.from, failure.node, true});
    turns.push_back({failure.until, failure.node, false});
  }
  std::stable_sort(turns.begin(), turns.end(),
                   [](const NodeTurn& a, const NodeTurn& b) { return a.at < b.at; });
  return turns;
}

}  // namespace simulator

std::vector<NodeFailure> fail_part(std::size_t nodes, double part, Duration from, Duration until,
                                   std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(std::llround(part * static_cast<double>(nodes)));
  std::vector<std::uint32_t> order(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) order[i] = i;
  std::vector<NodeFailure> failures;
  base::Generator generator(seed);
  // The first steps of a shuffle (Fisher and Yates).
  for (std::size_t i = 0; i < std::min(count, nodes); ++i) {
    std::swap(order[i], order[i + generator.below(nodes - i)]);
    failures.push_back({order[i], from, until});
  }
  std::sort(failures.begin(), failures.end(),
            [](const NodeFailure& a, const NodeFailure& b) { return a.node < b.node; });
  return failures;
}

}  // namespace retz
