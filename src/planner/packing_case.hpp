// Packing apart from queue and pool: what is asked for and what is free, as rows of figures. Pure
// functions over them; the planner, simulations and benchmarks of closed batches call the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace retz::planner {

/// Jobs of few shapes and rooms (what is free on one lease) of few kinds. Figures are not negative.
struct PackingCase {
  std::size_t dimensions = 0;
  std::vector<std::int64_t> needs;   // a row a shape; shapes in the order of the queue
  std::vector<std::uint32_t> jobs;   // by shape: how many wait
  std::vector<std::int64_t> rooms;   // a row a kind of room; kinds in the order to be used in
  std::vector<std::uint32_t> times;  // by kind: how many there are
  std::vector<std::uint8_t> idle;  // by kind: 1 where nothing runs; as few of them are used as can

  std::size_t shapes() const { return jobs.size(); }
  std::size_t kinds() const { return times.size(); }
  std::span<const std::int64_t> need(std::size_t shape) const {
    return {needs.data() + shape * dimensions, dimensions};
  }
  std::span<const std::int64_t> room(std::size_t kind) const {
    return {rooms.data() + kind * dimensions, dimensions};
  }
};

inline bool covers(std::span<const std::int64_t> room, std::span<const std::int64_t> need) {
  for (std::size_t d = 0; d < need.size(); ++d) {
    if (room[d] < need[d]) return false;
  }
  return true;
}

/// How many jobs of a shape go into one room.
struct Portion {
  std::uint32_t shape = 0;
  std::uint32_t jobs = 0;
};

/// What goes into each of `times` rooms of a kind.
struct Load {
  std::uint32_t kind = 0;
  std::uint32_t times = 0;
  std::vector<Portion> portions;
};

using Packing = std::vector<Load>;

/// How much is tried, in steps of about ten nanoseconds: the same on every machine.
struct PackingEffort {
  std::uint64_t room = 2000;      // to fill one kind of room
  std::uint64_t improve = 20000;  // to save a room, in all; for cases of at most `small` jobs
  std::uint32_t small = 512;
};

/// Nothing that is left over fits any room any more. Where all fits, few idle rooms are used;
/// where it does not, the resource that is asked for the most, of what is there, is used the most.
Packing pack(const PackingCase& problem, const PackingEffort& effort);

/// Jobs that a packing places.
std::uint64_t placed(const Packing& packing);
/// Idle rooms that it uses.
std::uint64_t opened(const PackingCase& problem, const Packing& packing);

}  // namespace retz::planner
