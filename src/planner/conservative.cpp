// Every waiting job holds a reservation from its arrival on, which later passes only move earlier:
// Feitelson and Weil, Utilization and Predictability in Scheduling the IBM SP2 with Backfilling
// (IPPS 1998).
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class Conservative final : public Planner {
 public:
  std::string_view name() const noexcept override { return "conservative"; }
  bool keeps_reservations() const noexcept override { return true; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant now) const override {
    pool.renew(now);
    while (const Candidate* next = waiting.candidate(WaitingView::Show::all)) {
      const auto booking =
          pool.place_or_keep(next->job, next->arrival, *next->request, next->terms);
      if (booking) {
        waiting.start(*booking);
        continue;
      }
      if (const auto at = pool.kept(next->job)) {
        waiting.wake_at(*at);
      } else if (next->overdue) {
        pool.close(*next->request);
      }
      waiting.skip();
    }
    pool.drop_overdue();
  }
};

}  // namespace

std::shared_ptr<const Planner> conservative() {
  return std::make_shared<const Conservative>();
}

}  // namespace retz::planners
