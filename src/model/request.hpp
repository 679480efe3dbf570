// Whether what a user asks for makes sense at all.
#pragma once

#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz::model {

/// Error: invalid_argument with the field as the user wrote it ("resources.cpus").
Result<void> validate(const Request& request);
Result<void> validate(const JobFacts& facts);

}  // namespace retz::model
