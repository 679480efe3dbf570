// The loads that the benchmarks of the engine share: many jobs of few shapes, many nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "retz/engine.hpp"

namespace retz::bench {

/// Submissions of the jobs first..first+count-1, of 100 shapes in turn.
std::vector<Event> submissions(std::uint64_t first, std::size_t count);

/// An engine (fifo, best fit) whose one node is full with one job, number 1, of all its 64 cpus.
Engine full_engine(std::shared_ptr<const Planner> planner);

/// Queues `count` jobs of 100 shapes behind it, 100 a step. None of them fits now.
void queue_jobs(Engine& engine, std::size_t count);

/// An engine with `count` nodes of 64 cpus, 256 GiB and nothing queued.
Engine cluster_engine(std::size_t count, std::shared_ptr<const FitRule> rule);

/// `count` jobs of one cpu and 1 GiB.
std::vector<Event> small_jobs(std::uint64_t first, std::size_t count);

}  // namespace retz::bench
