// A batch whose commit fails: kept byte for byte, tried again with back-off, nothing acknowledged.
#pragma once

#include "runtime/core.hpp"

namespace retz::runtime {

void stall(Core& core, Batch batch, Error error);

/// A turn while the batch waits. New commands are answered at once, events are held.
/// Requires: core.stalled. Afterwards it is empty if the batch went through.
Runtime::Turn stalled_turn(Core& core);

/// Answers what was asked between two steps, and leaves the rest.
void answer_explanations(Core& core, Inflow& inflow);

}  // namespace retz::runtime
