// What fills the machines best: the whole queue is looked at by request, and the leases are filled
// jointly over all dimensions (packing_case.hpp). A job that waited past the starvation bound comes
// first; where it does not fit, nothing is placed on nodes that could take it, so it starts at the
// latest when what runs on the first of them has ended.
#include "planner/packing_problem.hpp"
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

class Pass {
 public:
  Pass(WaitingView& waiting, PoolDraft& pool) : waiting_(waiting), pool_(pool) {}

  void run() {
    protect_overdue();
    gather();
    while (demands_.size() > 0 && fill()) {
    }
    finish();
  }

 private:
  void start_or_pass_over(const Candidate& next) {
    if (const auto booking = pool_.place(*next.request, next.terms)) {
      waiting_.start(*booking);
    } else {
      waiting_.pass_over(until_);
    }
  }

  void protect_overdue() {
    while (const Candidate* next = waiting_.candidate()) {
      if (!next->overdue) return;
      std::optional<std::uint32_t> booking;
      if (!next->blocked) booking = pool_.place(*next->request, next->terms);
      if (booking) {
        waiting_.start(*booking);
      } else {
        waiting_.pass_over(until_);
        pool_.close(*next->request);
        until_ = WaitingView::Until::next_pass;
      }
    }
  }

  // What decides by more than sums where it fits starts now, in order; the rest is counted.
  void gather() {
    while (const Candidate* next = waiting_.candidate()) {
      if (!pool_.need(*next->request, demands_.needs)) {
        start_or_pass_over(*next);
        continue;
      }
      demands_.shapes.push_back(next->shape);
      demands_.jobs.push_back(waiting_.alike());
      waiting_.pass_by();
    }
  }

  // Plans for all that waits, and starts it. True: there may be more to start.
  bool fill() {
    const planner::Plan plan = planner::plan_rooms(demands_, pool_);
    complete_ = plan.complete;
    std::uint64_t started = 0;
    for (const planner::Assignment& assignment : plan.assignments) started += start(assignment);
    return started > 0 && !complete_;
  }

  std::uint64_t start(const planner::Assignment& assignment) {
    const std::uint32_t shape = demands_.shapes[assignment.demand];
    std::uint64_t started = 0;
    waiting_.again(shape);
    for (const std::uint32_t place : assignment.places) {
      const Candidate* next = waiting_.candidate();
      if (next == nullptr || next->shape != shape) break;
      const auto booking = pool_.place_on(place, *next->request, next->terms);
      if (!booking) break;
      waiting_.start(*booking);
      ++started;
    }
    std::uint64_t& left = demands_.jobs[assignment.demand];
    left -= started;
    const Candidate* next = waiting_.candidate();
    if (next != nullptr && next->shape == shape) waiting_.pass_by();
    if (started < assignment.places.size()) {  // limits, or a window that is too near
      left = 0;
      complete_ = false;
    }
    return started;
  }

  // Of what is left nothing fits any more; where that is not sure, it is tried.
  void finish() {
    if (complete_) {
      waiting_.pass_over_rest(until_);
      return;
    }
    waiting_.again();
    while (const Candidate* next = waiting_.candidate()) start_or_pass_over(*next);
  }

  WaitingView& waiting_;
  PoolDraft& pool_;
  planner::Demands demands_;
  bool complete_ = true;
  // Where nodes are closed, that something does not fit does not say that there is no room.
  WaitingView::Until until_ = WaitingView::Until::room;
};

class Packing final : public Planner {
 public:
  std::string_view name() const noexcept override { return "packing"; }
  void plan(WaitingView& waiting, PoolDraft& pool, Instant) const override {
    Pass(waiting, pool).run();
  }
};

}  // namespace

std::shared_ptr<const Planner> packing() {
  return std::make_shared<const Packing>();
}

}  // namespace retz::planners
