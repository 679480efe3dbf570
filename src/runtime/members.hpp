// The jobs of an array, as the store and the batch in the making have them.
#pragma once

#include <vector>

#include "runtime/core.hpp"

namespace retz::runtime {

/// By id. Error: not_found where `first` is not the first job of an array that the user may touch.
Result<std::vector<JobRecord>> jobs_of_array(Core& core, const Batch& batch,
                                             const std::string& user, JobId first);

}  // namespace retz::runtime
