// What a planner places into: bookings with an undo log, and what it promises for later.
#include "base/assert.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz {

PoolDraft::PoolDraft(pool::Pool& pool)
    : pool_(&pool), reservations_(std::make_unique<pool::Reservations>()) {}

PoolDraft::~PoolDraft() = default;

std::optional<std::uint32_t> PoolDraft::place(const Request& request, const Terms& terms) {
  const auto booking = pool_->book(request, terms, *reservations_);
  if (booking) log_.push_back(*booking);
  return booking;
}

void PoolDraft::take_back() {
  RETZ_ASSERT(!log_.empty());
  pool_->undo(log_.back());
  log_.pop_back();
}

}  // namespace retz
