// In order, whatever fits: a job that does not fit holds up nobody but those that ask the same, and
// once it waited past the starvation bound, all that would start on nodes that could take it.
#include "planner/leave.hpp"
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class FirstFit final : public Planner {
 public:
  std::string_view name() const noexcept override { return "first_fit"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    // Where nodes are closed, that something does not fit does not say that there is no room.
    auto until = WaitingView::Until::room;
    while (const Candidate* next = waiting.candidate()) {
      std::optional<std::uint32_t> booking;
      if (!next->blocked) booking = pool.place(*next->request, next->terms);
      if (booking) {
        waiting.start(*booking);
        continue;
      }
      const bool overdue = next->overdue;
      const Request& request = *next->request;
      if (next->blocked) {
        waiting.pass_over(until);  // for all jobs that ask the same: many may be overdue
      } else {
        planner::leave(waiting, pool, *next);
      }
      if (!overdue) continue;
      pool.close(request);
      until = WaitingView::Until::next_pass;
    }
  }
};

}  // namespace

std::shared_ptr<const Planner> first_fit() {
  return std::make_shared<const FirstFit>();
}

}  // namespace retz::planners
