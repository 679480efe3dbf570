#include "pool/reservations.hpp"

#include <algorithm>

#include "pool/pool.hpp"

namespace retz::pool {

Reservations::~Reservations() {
  for (const Span& span : promised_) {
    pool_->timeline_.withdraw(span);
    pool_->timeline_.release_row(span.row);
  }
}

bool Reservations::closed(std::uint32_t node) const {
  if (closed_.empty()) return false;
  if (node >= seen_.size()) seen_.resize(std::size_t{node} + 1);
  Seen& seen = seen_[node];
  for (; !seen.closed && seen.count < closed_.size(); ++seen.count) {
    seen.closed = pool_->open(node) && pool_->able(node, closed_[seen.count], false);
  }
  return seen.closed;
}

bool Reservations::admits(std::uint32_t node, const Request& request, const Terms& terms) const {
  if ((only_ && node != *only_) || closed(node)) return false;
  const Timeline& timeline = pool_->timeline_;
  if (!timeline.has_promises(node)) return true;
  return timeline.room(node, timeline.parts(request, node), terms.now) >= terms.estimate;
}

std::optional<Duration> Reservations::placeable(const Request& request, const Terms& terms) const {
  std::optional<Duration> longest;
  Row need;
  if (!pool_->dimensions_.need(request, need)) return longest;
  // It would fit for a shorter stay: what is estimated does not matter.
  if (pool_->placeable(request, terms, *this)) return terms.estimate;
  const Timeline& timeline = pool_->timeline_;
  const Pool::Wanted wanted = pool_->wanted(request, terms, *this);
  pool_->bins_index_.find(need, Conditions::mark(wanted.condition), [&](std::uint32_t b) {
    const std::uint32_t node = pool_->bins_[b].node;
    if (!pool_->meets(wanted, b)) return false;
    if (!closed(node) && !timeline.has_promises(node)) return false;
    const Duration room =
        closed(node) ? Duration{0} : timeline.room(node, timeline.parts(request, node), terms.now);
    if (!longest || room > *longest) longest = room;
    return false;
  });
  return longest;
}

void Reservations::close(const Request& request) {
  if (std::find(closed_.begin(), closed_.end(), request) == closed_.end()) {
    closed_.push_back(request);
  }
}

// A head that is blocked asks the same in each pass. With no promise but this one, no maintenance
// and an order that knows only leases, time alone does not change the answer.
std::optional<Slot> Reservations::first_slot(const Request& request, const Terms& terms) const {
  const bool lasts = promised_.empty() && pool_->kept_.size() == 0 && pool_->window_ends_.empty() &&
                     pool_->rule_->order() != FitOrder::by_score;
  if (!lasts) return SlotSearch(*pool_, request, terms).over_all(true);
  pool_->timeline_.follow(terms.now);
  pool_->timeline_.extend(terms.now);
  Foreseen& last = pool_->foreseen_;
  const bool same = last.changes == pool_->changes() && last.estimate == terms.estimate &&
                    last.longest_stay == terms.longest_stay && last.relaxed == terms.relaxed &&
                    last.request == request && (!last.slot || last.slot->at > terms.now);
  if (same) return last.slot;
  last = {request,       terms.estimate,   terms.longest_stay,
          terms.relaxed, pool_->changes(), SlotSearch(*pool_, request, terms).over_all(true)};
  return last.slot;
}

std::optional<Slot> Reservations::reserve(const Request& request, const Terms& terms) {
  const auto slot = first_slot(request, terms);
  if (!slot) return slot;
  Timeline& timeline = pool_->timeline_;
  const std::uint32_t row = timeline.acquire(timeline.parts(request, slot->node));
  promised_.push_back({slot->node, row, slot->at, terms.estimate});
  told_.push_back({terms.job, slot->node, slot->at});
  timeline.promise(promised_.back());
  return slot;
}

}  // namespace retz::pool
