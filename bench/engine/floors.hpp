// The least that must be done for the same result, by plain containers of the standard library: the
// floor that a figure of the engine is compared with.
#pragma once

#include <cstddef>
#include <vector>

#include "retz/event.hpp"

namespace retz::bench {

/// Keeps each submitted job in a vector and its place in an ordered set. Answers how many.
std::size_t keep_jobs(const std::vector<Event>& events);

/// Gives each of `jobs` equal jobs one of `slots` on the fullest of `nodes` nodes that has room:
/// one ordered set, one erase and one insert a job. Answers how many were placed.
std::size_t place_jobs(std::size_t nodes, std::size_t slots, std::size_t jobs);

}  // namespace retz::bench
