// In order, until the first job that does not fit: nobody passes a blocked head.
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class Strict final : public Planner {
 public:
  std::string_view name() const noexcept override { return "strict"; }
  bool overtakes() const noexcept override { return false; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    while (const Candidate* head = waiting.candidate(WaitingView::Show::all)) {
      const auto booking = pool.place(*head->request, head->terms);
      if (!booking) return;
      waiting.start(*booking);
    }
  }
};

}  // namespace

std::shared_ptr<const Planner> strict() {
  return std::make_shared<const Strict>();
}

}  // namespace retz::planners
