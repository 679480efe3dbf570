#include "pool/reservations.hpp"

namespace retz::pool {

bool Reservations::admits(std::uint32_t, const Row&, const Terms&) const {
  return true;
}

}  // namespace retz::pool
