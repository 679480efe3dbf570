#include "planner/leave.hpp"

namespace retz::planner {

void leave(WaitingView& waiting, const PoolDraft& pool, const Candidate& candidate) {
  if (candidate.blocked) return waiting.skip();
  const auto longest = pool.placeable(*candidate.request, candidate.terms);
  if (!longest) {
    waiting.pass_over();
  } else if (*longest == Duration{0}) {
    waiting.pass_over(WaitingView::Until::next_pass);
  } else if (*longest < candidate.terms.estimate) {
    waiting.pass_over_longer(*longest);
  } else {
    waiting.skip();
  }
}

}  // namespace retz::planner
