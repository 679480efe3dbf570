#include "pool/reservations.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

bool Reservations::admits(std::uint32_t node, const Row&, const Terms&) const {
  return !closed(node);
}

void Reservations::close(const Pool& pool, const Request& request) {
  for (const std::uint32_t node : pool.nodes_with_room_when_empty(request)) {
    if (node >= closed_.size()) closed_.resize(std::size_t{node} + 1, 0);
    closed_[node] = 1;
  }
}

}  // namespace retz::pool
