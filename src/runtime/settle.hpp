// The way of a batch out of the turn: joined, committed, answered, carried out.
#pragma once

#include "runtime/core.hpp"

namespace retz::runtime {

/// Gives each start the spec and the application that a launcher needs. What was joined stays
/// joined when an error breaks it off. Error: unavailable when the store cannot be read.
Result<void> join(Core& core, Batch& batch);

/// Join, commit, replies, carrying out, in this order. On an error nothing after the step that
/// failed was done, and the same batch may be settled again.
Result<void> settle(Core& core, Batch& batch);

/// The batch in words, for an operator to see what the store would not take. No secrets.
void dump(const Core& core, const Batch& batch);

}  // namespace retz::runtime
