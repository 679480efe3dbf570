// What a planner that lets others pass does with a job that does not fit now.
#pragma once

#include "retz/planner.hpp"

namespace retz::planner {

/// What could come of a shorter stay decides who else is shown. Requires: the draft could not place
/// the view's candidate.
void leave(WaitingView& waiting, const PoolDraft& pool, const Candidate& candidate);

}  // namespace retz::planner
