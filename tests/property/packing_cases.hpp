// Random packing cases, and what any packing of them must keep to.
#pragma once

#include <cstdint>
#include <numeric>

#include "base/generator.hpp"
#include "planner/packing_case.hpp"

namespace retz::planner {

struct CaseRange {
  std::size_t dimensions = 2;
  std::size_t shapes = 4;
  std::uint32_t jobs = 2;  // of a shape, at most
  std::uint32_t rooms = 8;
  std::int64_t size = 100;  // of an idle room
  std::int64_t need = 70;   // of a job, at most
  bool used = false;        // some rooms are partly taken
};

inline PackingCase random_case(const CaseRange& range, base::Generator& dice) {
  PackingCase c;
  c.dimensions = range.dimensions;
  for (std::size_t s = 0; s < range.shapes; ++s) {
    for (std::size_t d = 0; d < c.dimensions; ++d) {
      c.needs.push_back(
          static_cast<std::int64_t>(1 + dice.below(static_cast<std::uint64_t>(range.need))));
    }
    c.jobs.push_back(static_cast<std::uint32_t>(1 + dice.below(range.jobs)));
  }
  std::uint32_t idle = range.rooms;
  for (std::uint32_t r = 0; range.used && r < range.rooms / 2; ++r, --idle) {
    for (std::size_t d = 0; d < c.dimensions; ++d) {
      c.rooms.push_back(
          static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(range.size) + 1)));
    }
    c.times.push_back(1);
    c.idle.push_back(0);
  }
  c.rooms.insert(c.rooms.end(), c.dimensions, range.size);
  c.times.push_back(idle);
  c.idle.push_back(1);
  return c;
}

/// No room holds more than it has, no shape more jobs than there are, no kind more rooms; and
/// nothing that is left over fits anywhere.
inline bool keeps_to(const PackingCase& c, const Packing& packing) {
  std::vector<std::uint32_t> left = c.jobs, rooms = c.times;
  std::vector<std::vector<std::int64_t>> free;
  for (const Load& load : packing) {
    if (load.times == 0 || load.times > rooms[load.kind] || load.portions.empty()) return false;
    rooms[load.kind] -= load.times;
    std::vector<std::int64_t> rest(c.room(load.kind).begin(), c.room(load.kind).end());
    for (const Portion& p : load.portions) {
      if (p.jobs == 0 || p.jobs * load.times > left[p.shape]) return false;
      left[p.shape] -= p.jobs * load.times;
      for (std::size_t d = 0; d < rest.size(); ++d) rest[d] -= c.need(p.shape)[d] * p.jobs;
    }
    for (const std::int64_t r : rest) {
      if (r < 0) return false;
    }
    free.push_back(rest);
  }
  for (std::size_t k = 0; k < c.kinds(); ++k) {
    if (rooms[k] > 0) free.emplace_back(c.room(k).begin(), c.room(k).end());
  }
  for (std::size_t s = 0; s < c.shapes(); ++s) {
    if (left[s] == 0) continue;
    for (const auto& rest : free) {
      if (covers(rest, c.need(s))) return false;
    }
  }
  return true;
}

}  // namespace retz::planner
