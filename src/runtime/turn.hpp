// One turn: drain, stamp, step, settle; or, while a commit fails, another try of it.
#pragma once

#include "runtime/core.hpp"

namespace retz::runtime {

Runtime::Turn turn(Core& core);

/// Makes what other threads may read current. Returns when to come again for what was left out.
std::optional<Duration> publish(Core& core, Instant now, bool changed);

}  // namespace retz::runtime
