// What stands in for what a policy leaves open, and what it may not say.
#pragma once

#include "retz/policy.hpp"

namespace retz::engine {

/// With the defaults where nothing is chosen.
Policy completed(Policy policy);
/// Error: invalid_argument, naming the field.
Result<void> validate(const Policy& policy);

}  // namespace retz::engine
