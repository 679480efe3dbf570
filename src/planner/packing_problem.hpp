// From the queue and the pool to a packing case, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "retz/pool.hpp"

namespace retz::planner {

/// What is asked for, in the order of the queue: jobs that ask the same are one demand.
struct Demands {
  std::vector<std::int64_t> needs;  // a row each, as PoolDraft::need
  std::vector<std::uint32_t> shapes;
  std::vector<std::uint64_t> jobs;

  std::size_t size() const { return jobs.size(); }
};

/// Where the jobs of a demand go.
struct Assignment {
  std::uint32_t demand = 0;
  std::vector<std::uint32_t> places;  // of the draft; a job each
};

struct Plan {
  std::vector<Assignment> assignments;  // by demand, ascending
  bool complete = false;  // every lease was looked at: what has no place here fits nowhere
};

Plan plan_rooms(const Demands& demands, const PoolDraft& pool);

}  // namespace retz::planner
