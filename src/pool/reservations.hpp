// What is promised for later: a placement may not break it.
#pragma once

#include <cstdint>

#include "pool/dimensions.hpp"
#include "retz/pool.hpp"

namespace retz::pool {

class Pool;

class Reservations {
 public:
  /// Whether taking `need` on the node for so long leaves all that is promised there possible.
  bool admits(std::uint32_t node, const Row& need, const Terms& terms) const;
  void close(const Pool& pool, const Request& request);
  bool closed(std::uint32_t node) const { return node < closed_.size() && closed_[node] != 0; }

 private:
  std::vector<std::uint8_t> closed_;  // by node
};

}  // namespace retz::pool
