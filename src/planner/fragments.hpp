// How much of what a node has left typical requests cannot use: the measure behind
// fit_rules::fragmentation (Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads
// with Fragmentation Gradient Descent, USENIX ATC 2023, section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "retz/pool.hpp"

namespace retz::planner {

enum class Wishes : std::uint8_t {
  models,       // a typical request is held off by the models of GPUs that it names
  constraints,  // by its constraints on nodes too
};

/// What a placement does to a lease.
struct Gradient {
  double change = 0;  // of what is left and of no use, summed over typical requests by weight:
                      // thousandths of GPUs; on a lease without GPUs thousandths of cpus
  std::optional<std::uint32_t> device = {};  // of a share: the one with which it changes least
};
/// Requires: the request fits the lease.
Gradient gradient(const Request& request, const LeaseView& lease,
                  std::span<const TypicalRequest> typical, Wishes wishes);

/// A little for what is free: it tells placements apart that break up about equally much. The
/// weights (five thousandths of GPUs, half a thousandth of cpus) were tuned on the traces cpu250
/// and gpuspec33 of the paper.
double left_over(const Request& request, const LeaseView& lease);

}  // namespace retz::planner
