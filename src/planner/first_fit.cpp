// In order, whatever fits: a job that does not fit holds up nobody but those that ask the same.
#include "planner/leave.hpp"
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class FirstFit final : public Planner {
 public:
  std::string_view name() const noexcept override { return "first_fit"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    while (const Candidate* next = waiting.candidate()) {
      if (const auto booking = pool.place(*next->request, next->terms)) {
        waiting.start(*booking);
      } else {
        // What waited past the bound is not kept waiting by what comes later.
        const bool overdue = next->overdue;
        const Request& request = *next->request;
        planner::leave(waiting, pool, *next);
        if (overdue) pool.close(request);
      }
    }
  }
};

}  // namespace

std::shared_ptr<const Planner> first_fit() {
  return std::make_shared<const FirstFit>();
}

}  // namespace retz::planners
