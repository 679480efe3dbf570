// Rows of figures for planners that look at many leases at once.
#include <algorithm>

#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz::pool {

namespace {

bool covers(const Row& have, std::span<const std::int64_t> need) {
  return std::ranges::equal(need, have, std::less_equal<>());
}

}  // namespace

bool Pool::sums(const Request& request, std::vector<std::int64_t>& rows) const {
  const bool adds_up = request.gpus.share == 0 && !request.gpus.all &&
                       request.gpus.models.empty() && request.constraints.empty() &&
                       !request.preference && !request.spread;
  Row row;
  if (!adds_up || !dimensions_.need(request, row)) return false;
  rows.insert(rows.end(), row.begin(), row.end());
  return true;
}

PoolDraft::Rooms Pool::rooms(std::span<const std::int64_t> needs, std::size_t most,
                             const Reservations& reservations) const {
  PoolDraft::Rooms found;
  const std::size_t dims = dimensions_.count();
  Row least(needs.begin(), needs.begin() + static_cast<std::ptrdiff_t>(dims));
  for (std::size_t i = dims; i < needs.size(); ++i) {
    least[i % dims] = std::min(least[i % dims], needs[i]);
  }
  bins_index_.find(least, 0, [&](std::uint32_t b) {
    const Bin& bin = bins_[b];
    bool any = false;
    for (std::size_t i = 0; i < needs.size() && !any; i += dims) {
      any = covers(bin.free, needs.subspan(i, dims));
    }
    if (!any || reservations.closed(bin.node)) return false;
    found.places.push_back(b);
    found.free.insert(found.free.end(), bin.free.begin(), bin.free.end());
    found.idle.push_back(nodes_[bin.node].bookings.empty() ? 1 : 0);
    return found.places.size() >= most;
  });
  return found;
}

std::optional<BookingId> Pool::book_on(std::uint32_t b, const Request& request, const Terms& terms,
                                       const Reservations& reservations) {
  if (!dimensions_.need(request, need_) || !covers(bins_[b].free, need_)) return std::nullopt;
  forget_conditions();
  const Wanted asked = wanted(request, terms, reservations);
  if (nodes_[bins_[b].node].draining || !meets(asked, b) || !in_time(asked, b)) return std::nullopt;
  return book_into(b, request, terms);
}

}  // namespace retz::pool
