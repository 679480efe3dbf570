// From the queue and the pool to a packing case, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "retz/pool.hpp"

namespace retz::planner {

/// The jobs that ask the same.
struct Demand {
  std::vector<std::int64_t> need;  // as PoolDraft::need
  std::uint64_t jobs = 0;
};

struct Plan {
  std::vector<std::vector<std::uint32_t>> places;  // by demand: where its jobs go
  std::uint64_t jobs = 0;                          // in all
  bool complete = false;  // every lease was looked at: what has no place here fits nowhere
};

/// Requires: at least one demand.
Plan plan_rooms(const std::vector<Demand>& demands, const PoolDraft& pool);

}  // namespace retz::planner
