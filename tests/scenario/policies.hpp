// The words of a policy: the same in the header of a file and behind the action `policy`.
#pragma once

#include "retz/engine.hpp"
#include "scenario/script.hpp"

namespace retz::scenario {

/// Reads one directive: its keyword and what stands behind it. False: the keyword is not one of a
/// policy. Errors: std::runtime_error naming the word that cannot be read.
bool set_policy(const Words& directive, Policy& policy);

}  // namespace retz::scenario
