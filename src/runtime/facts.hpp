// What the engine is told of a job, from what its user wrote. The same at submission, at re-run and
// after a restart, so that an engine restored from the store is equal to the one that was lost.
#pragma once

#include "retz/runtime.hpp"

namespace retz::runtime {

/// Requires: the spec was settled at submission (its grace period is given).
JobFacts facts_of(JobId id, const JobSpec& spec, const RuntimeOptions& options);

}  // namespace retz::runtime
