// Resources as Mesos offers and takes them: exact, and with what must be echoed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "retz/resources.hpp"

namespace retz::mesos {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // included
};

/// A scalar, or ports. Others are passed over by the reader.
struct Resource {
  std::string name = {};
  std::int64_t scalar = 0;         // thousandths, as exact as Mesos is
  std::vector<Range> ranges = {};  // of ports
  /// The members of its JSON object that say whose it is (role, reservations, allocation_info),
  /// each with a leading comma: a task must echo them.
  std::string belonging = {};
  bool reserved = false;  // for one of our roles
};

/// What a lease on these offers as a capacity; its attributes are not filled in.
Capacity capacity_of(std::span<const Resource> resources);

/// Takes what the placement says out of `resources`, reserved ones first, and gives the task's
/// `resources` as a JSON array; absent, and nothing is taken, where it is not all there.
std::optional<std::string> take(std::vector<Resource>& resources, const Placement& placement);

/// 1500 -> "1.5".
std::string decimal(std::int64_t thousandths);

}  // namespace retz::mesos
