// Ways to pack that pack() chooses among, and what it measures them by.
#pragma once

#include <cstdint>
#include <vector>

#include "planner/packing_case.hpp"

namespace retz::planner {

/// By dimension: what is asked for against what is there, the greatest being 1.
std::vector<double> scarcity(const PackingCase& problem, const std::vector<std::uint32_t>& left);

/// Room by room, each with the heaviest content that is left; weights follow what is left.
/// `largest_first`: the heaviest shape left is always in, which uses few rooms.
Packing pack_by_room(const PackingCase& problem, std::uint64_t steps_per_room, bool largest_first);

enum class RoomRule : std::uint8_t { first, best };
/// Shape by shape in the given order: into the first room that has place, or into that which has
/// the least, weighed by scarcity; idle rooms last.
Packing pack_by_shape(const PackingCase& problem, const std::vector<std::uint32_t>& order,
                      RoomRule rule);
/// Shapes by their dominant share, the greatest first.
std::vector<std::uint32_t> by_dominant_share(const PackingCase& problem);

/// Tries to empty rooms again: takes some apart and packs them anew (large neighbourhood search,
/// Shaw 1998). Requires: everything is placed.
void improve(const PackingCase& problem, std::uint64_t steps, std::uint64_t lower_bound,
             Packing& packing);
/// Idle rooms that any packing of everything uses at least.
std::uint64_t idle_rooms_needed(const PackingCase& problem);

}  // namespace retz::planner
