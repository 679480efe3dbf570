// What the engine is told of a job, from what its user wrote. The same at submission, at re-run and
// after a restart, so that an engine restored from the store is equal to the one that was lost.
#pragma once

#include "retz/runtime.hpp"
#include "runtime/estimate_learner.hpp"

namespace retz::runtime {

struct SettledEstimate {
  Duration value{0};
  EstimateSource source = EstimateSource::given;
};

/// Given, else limit and grace period, else learnt, else configured. Settled once, at submission:
/// what is learnt later is for later jobs.
SettledEstimate settle_estimate(const JobSpec& spec, const EstimateLearner& learner,
                                const RuntimeOptions& options);

/// Requires: the spec was settled at submission (its grace period is given).
JobFacts facts_of(JobId id, const JobSpec& spec, SettledEstimate estimate);

/// Of a job that the store knows. One that was stored before estimates were has that of its spec.
JobFacts facts_of(const JobRecord& job, const RuntimeOptions& options);

}  // namespace retz::runtime
