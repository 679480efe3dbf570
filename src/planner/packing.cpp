// What fills the machines best: the whole queue is looked at by request, and the leases are filled
// jointly over all dimensions (packing_case.hpp). A job that waited past the starvation bound comes
// first; where it does not fit, nothing is placed on nodes that could take it, so it starts at the
// latest when what runs on the first of them has ended.
#include <algorithm>
#include <unordered_map>

#include "planner/packing_problem.hpp"
#include "retz/planner.hpp"

namespace retz::planners {

namespace {

using planner::Demand;

class Pass {
 public:
  Pass(WaitingView& waiting, PoolDraft& pool) : waiting_(waiting), pool_(pool) {}

  void run() {
    protect_overdue();
    gather();
    while (!demands_.empty() && fill()) {
    }
    finish();
  }

 private:
  void start_or_pass_over(const Candidate& next) {
    if (const auto booking = pool_.place(*next.request, next.terms)) {
      waiting_.start(*booking);
    } else {
      waiting_.pass_over();
    }
  }

  void protect_overdue() {
    while (const Candidate* next = waiting_.candidate(WaitingView::Show::all)) {
      if (!next->overdue) return;
      if (const auto booking = pool_.place(*next->request, next->terms)) {
        waiting_.start(*booking);
      } else {
        pool_.close(*next->request);
        waiting_.pass_over();
      }
    }
  }

  // What decides by more than sums where it fits starts now, in order; the rest is counted.
  void gather() {
    while (const Candidate* next = waiting_.candidate()) {
      Demand demand;
      if (pool_.need(*next->request, demand.need)) {
        demand.jobs = waiting_.alike();
        at_.emplace(next->shape, demands_.size());
        demands_.push_back(std::move(demand));
        waiting_.pass_by();
      } else {
        start_or_pass_over(*next);
      }
    }
  }

  // Plans for all that waits, and starts it. False: nothing started, or nothing is left to do.
  bool fill() {
    const planner::Plan plan = planner::plan_rooms(demands_, pool_);
    complete_ = plan.complete;
    if (plan.jobs == 0) return false;
    places_ = plan.places;
    std::uint64_t started = 0;
    waiting_.again();
    while (const Candidate* next = waiting_.candidate()) {
      const auto at = at_.find(next->shape);
      if (at == at_.end() || places_[at->second].empty()) {
        waiting_.pass_by();
        continue;
      }
      std::vector<std::uint32_t>& places = places_[at->second];
      if (const auto booking = pool_.place_on(places.back(), *next->request, next->terms)) {
        places.pop_back();
        waiting_.start(*booking);
        --demands_[at->second].jobs;
        ++started;
      } else {
        start_or_pass_over(*next);
      }
    }
    if (started < plan.jobs) complete_ = false;
    return started > 0 && !complete_;
  }

  // Of what is left nothing fits any more; where that is not sure, it is tried.
  void finish() {
    waiting_.again();
    while (const Candidate* next = waiting_.candidate()) {
      if (complete_) {
        waiting_.pass_over();
      } else {
        start_or_pass_over(*next);
      }
    }
  }

  WaitingView& waiting_;
  PoolDraft& pool_;
  std::vector<Demand> demands_;                        // in the order of the queue
  std::unordered_map<std::uint32_t, std::size_t> at_;  // by shape; looked up, never walked
  std::vector<std::vector<std::uint32_t>> places_;     // by demand
  bool complete_ = true;
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
