// The heads of the classes in one order: what a pass takes the next candidate from.
#pragma once

#include <memory>

#include "queue/indexed_heap.hpp"
#include "queue/table.hpp"
#include "retz/planner.hpp"

namespace retz::queue {

using Show = WaitingView::Show;

/// Two ways: where ranks never change, kept from pass to pass (SteadyHeads); else made anew in each
/// pass from what that pass wants to see (ChangingHeads).
class Heads {
 public:
  virtual ~Heads() = default;
  /// The part, which is listed, has come or shows another job; it is in its lane's list.
  virtual void enter(PartId part) = 0;
  /// Before it shows another job, changes its lane, or goes. Requires: it was entered.
  virtual void leave(PartId part) = 0;
  /// It shows another job, in the same lane. Requires: it was entered.
  virtual void renew(PartId part) = 0;
  /// Something else about the lane has changed; `opened`: what was hidden of it in this pass is
  /// visible again.
  virtual void lane_changed(LaneId lane, bool opened) = 0;
  virtual void usage_changed(UserId user) = 0;
  virtual void begin_pass() = 0;
  virtual void end_pass() = 0;
  /// The first that is visible; none: no more.
  virtual PartId top(Show show) = 0;
  /// The same between passes, and leaves nothing changed.
  virtual PartId first() const = 0;
  virtual void check() = 0;
};

std::unique_ptr<Heads> make_heads(Table& table, const Ordering& ordering);

}  // namespace retz::queue
