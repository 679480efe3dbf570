// What is there in all, as plain data, and what must end on a node until something fits.
#include "model/amounts.hpp"
#include "pool/pool.hpp"

namespace retz::pool {

Pool::Total Pool::total() const {
  Total sum;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    if (!nodes_[n].known) continue;
    model::add(sum.amounts, nodes_[n].capacity.amounts);
    sum.gpus += static_cast<std::int64_t>(nodes_[n].capacity.gpus.size());
  }
  return sum;
}

std::vector<LeaseGranted> Pool::as_standing() const {
  std::vector<LeaseGranted> all;
  for (std::uint32_t n = 0; n < nodes_.bound(); ++n) {
    const Node& node = nodes_[n];
    if (!node.known || node.bins.empty()) continue;
    all.push_back({bins_[node.bins.front()].lease, node.name, LeaseKind::standing, node.capacity});
  }
  return all;
}

std::vector<AttemptRef> Pool::attempts_on(std::string_view node) const {
  std::vector<AttemptRef> all;
  const auto n = find(node);
  if (!n) return all;
  for (const BookingId b : nodes_[*n].bookings) all.push_back(bookings_[b].attempt);
  return all;
}

std::size_t Pool::endings_needed(std::string_view node, const Request& request,
                                 std::span<const AttemptRef> ends) const {
  const auto n = find(node);
  if (!n || nodes_[*n].standing == none || !dimensions_.need(request, scratch_)) return 0;
  const Row need = scratch_;
  Row free = bins_[nodes_[*n].standing].free, given;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (const BookingId b : nodes_[*n].bookings) {
      if (bookings_[b].attempt != ends[i]) continue;
      held(b, given);
      for (std::size_t d = 0; d < free.size(); ++d) free[d] += given[d];
    }
    if (distance(need, free) == 0) return i + 1;
  }
  return 0;
}

}  // namespace retz::pool
