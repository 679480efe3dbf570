// In order, whatever fits: a job that does not fit holds up nobody but those that ask the same.
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
        waiting.pass_over();
      }
    }
  }
};

}  // namespace

std::shared_ptr<const Planner> first_fit() {
  return std::make_shared<const FirstFit>();
}

}  // namespace retz::planners
