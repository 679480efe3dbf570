// What will be left over of a GPU in the end, as typical requests go on arriving: the measure
// behind fit_rules::fragmentation_constrained.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "retz/pool.hpp"

namespace retz::planner {

/// A device is filled by requests drawn from the typical ones that still fit it, until none comes
/// any more; the expected rest is tabulated over what is free of the device and its part of the
/// node's free cpus, smallest first (value iteration over an acyclic Markov chain: Bellman 1957).
/// Fragmentation as of Weng et al. (USENIX ATC 2023) is the first step of that chain.
class FillWaste {
 public:
  explicit FillWaste(std::span<const TypicalRequest> typical);

  struct Effect {
    double waste = 0;                          // added by the placement: thousandths of GPUs
    std::optional<std::uint32_t> device = {};  // of a share: the one with which it adds least
  };
  /// Requires: the request fits the lease.
  Effect effect(const Request& request, const LeaseView& lease) const;
  /// 0..1: how much of the devices of a model those need that may use few others only.
  double scarcity(const std::string& model) const;

 private:
  /// By how many devices of the node are wholly free: what asks for more of them does not count.
  static constexpr std::array<std::int32_t, 5> whole_classes{0, 1, 2, 4, 8};
  struct Model {
    std::array<std::vector<float>, whole_classes.size()> waste;
    double scarcity = 0;
  };
  struct Draw;

  static std::vector<Draw> merged(std::vector<Draw> draws);
  void tabulate(Model& model, const std::vector<Draw>& draws) const;
  const Model& of(const std::string& name) const;
  double waste(const LeaseView& lease, std::span<const std::int32_t> free, std::int64_t cpus) const;

  std::map<std::string, Model> models_;  // those that typical requests name
  Model other_;
};

}  // namespace retz::planner
