// Arithmetic on divisible resources. `custom` stays sorted by name and free of zeros.
#pragma once

#include "retz/resources.hpp"

namespace retz::model {

void add(Amounts& to, const Amounts& more);

}  // namespace retz::model
