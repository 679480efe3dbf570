// What a planner places into: bookings with an undo log, and what it promises for later.
#include "base/assert.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"

namespace retz {

PoolDraft::PoolDraft(pool::Pool& pool)
    : pool_(&pool), reservations_(std::make_unique<pool::Reservations>(pool)) {}

PoolDraft::~PoolDraft() = default;

std::optional<std::uint32_t> PoolDraft::place(const Request& request, const Terms& terms) {
  const auto booking = pool_->book(request, terms, *reservations_);
  if (booking) log_.push_back(*booking);
  return booking;
}

std::optional<std::uint32_t> PoolDraft::place_on(std::uint32_t place, const Request& request,
                                                 const Terms& terms) {
  const auto booking = pool_->book_on(place, request, terms, *reservations_);
  if (booking) log_.push_back(*booking);
  return booking;
}

PoolDraft::Rooms PoolDraft::rooms(std::span<const std::int64_t> needs, std::size_t most) const {
  return pool_->rooms(needs, most, *reservations_);
}

bool PoolDraft::need(const Request& request, std::vector<std::int64_t>& rows) const {
  return pool_->sums(request, rows);
}

std::size_t PoolDraft::dimensions() const {
  return pool_->dimensions().count();
}

void PoolDraft::take_back() {
  RETZ_ASSERT(!log_.empty());
  pool_->undo(log_.back());
  log_.pop_back();
}

std::optional<Duration> PoolDraft::placeable(const Request& request, const Terms& terms) const {
  return reservations_->placeable(request, terms);
}

std::optional<PoolDraft::Promise> PoolDraft::reserve(const Request& request, const Terms& terms) {
  const auto slot = reservations_->reserve(request, terms);
  if (!slot) return std::nullopt;
  return Promise{promises_++, slot->at, pool_->name_of(slot->node)};
}

void PoolDraft::renew(Instant now) {
  pool_->kept().renew(now);
}

std::optional<std::uint32_t> PoolDraft::place_or_keep(JobId job, Arrival arrival,
                                                      const Request& request, const Terms& terms) {
  const auto booking = pool_->kept().place({job, arrival, request, terms}, *reservations_);
  if (booking) log_.push_back(*booking);
  return booking;
}

std::optional<Instant> PoolDraft::kept(JobId job) const {
  const auto promised = pool_->kept().of(job);
  if (!promised) return std::nullopt;
  return promised->at;
}

void PoolDraft::drop_overdue() {
  pool_->kept().drop_overdue();
}

void PoolDraft::close(const Request& request) {
  reservations_->close(request);
}

}  // namespace retz
