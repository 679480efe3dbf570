// In order, until the first job that does not fit: it gets a reservation, and what comes later may
// start where that does not delay it. Lifka, The ANL/IBM SP Scheduling System (JSSPP 1995); in an
// order of its own for what is backfilled: Tsafrir, Etsion, Feitelson, Backfilling Using
// System-Generated Predictions (TPDS 2007).
#include "planner/leave.hpp"
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class Easy final : public Planner {
 public:
  std::string_view name() const noexcept override { return "easy"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    if (!start_heads(waiting, pool)) return;
    waiting.backfill();
    while (const Candidate* next = waiting.candidate()) {
      if (const auto booking = pool.place(*next->request, next->terms)) {
        waiting.start(*booking);
      } else {
        planner::leave(waiting, pool, *next);
      }
    }
  }

 private:
  // Starts the first jobs while they fit; false: nobody is left. A job that can be promised nothing
  // holds up nobody: the next one that is blocked gets the reservation.
  static bool start_heads(WaitingView& waiting, PoolDraft& pool) {
    while (const Candidate* head = waiting.candidate(WaitingView::Show::all)) {
      if (!head->blocked) {
        if (const auto booking = pool.place(*head->request, head->terms)) {
          waiting.start(*booking);
          continue;
        }
      }
      const bool hidden = head->blocked && !head->overdue;  // to who backfills
      if (!hidden) planner::leave(waiting, pool, *head);
      if (const auto promise = pool.reserve(*head->request, head->terms)) {
        waiting.wake_at(promise->at);
        return true;
      }
      if (hidden) waiting.skip();
      if (head->overdue) pool.close(*head->request);
    }
    return false;
  }
};

}  // namespace

std::shared_ptr<const Planner> easy() {
  return std::make_shared<const Easy>();
}

}  // namespace retz::planners
