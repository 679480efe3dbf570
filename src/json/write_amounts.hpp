// Amounts in JSON, as fields of the object that is open.
#pragma once

#include <vector>

#include "json/writer.hpp"
#include "retz/resources.hpp"

namespace retz::json {

/// "cpus", "mem", "disk".
void write_scalars(Writer& w, const Amounts& amounts);
/// "custom", an object of its own.
void write_custom(Writer& w, const std::vector<CustomAmount>& custom);

}  // namespace retz::json
