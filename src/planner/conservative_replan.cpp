// Every waiting job is planned anew at each pass, in order, at the earliest time at which it fits
// for its estimate beside what was planned before it; those planned for now start. Mu'alem and
// Feitelson, Utilization, Predictability, Workloads, and User Runtime Estimates in Scheduling the
// IBM SP2 with Backfilling (TPDS 2001).
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class ConservativeReplan final : public Planner {
 public:
  std::string_view name() const noexcept override { return "conservative_replan"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    while (const Candidate* next = waiting.candidate(WaitingView::Show::all)) {
      if (!next->blocked) {
        if (const auto booking = pool.place(*next->request, next->terms)) {
          waiting.start(*booking);
          continue;
        }
      }
      if (const auto promise = pool.reserve(*next->request, next->terms)) {
        waiting.wake_at(promise->at);
      } else if (next->overdue) {
        pool.close(*next->request);
      }
      waiting.skip();
    }
  }
};

}  // namespace

std::shared_ptr<const Planner> conservative_replan() {
  return std::make_shared<const ConservativeReplan>();
}

}  // namespace retz::planners
