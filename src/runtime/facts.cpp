#include "runtime/facts.hpp"

namespace retz::runtime {

SettledEstimate settle_estimate(const JobSpec& spec, const EstimateLearner& learner,
                                const RuntimeOptions& options) {
  if (spec.estimate) return {*spec.estimate, EstimateSource::given};
  if (spec.time_limit) {
    return {*spec.time_limit + spec.grace_period.value_or(Duration{0}), EstimateSource::time_limit};
  }
  if (const auto learnt = learner.estimate(spec.user, spec.application)) {
    return {*learnt, EstimateSource::learnt};
  }
  return {options.default_estimate, EstimateSource::fallback};
}

JobFacts facts_of(JobId id, const JobSpec& spec, SettledEstimate estimate) {
  JobFacts facts;
  facts.id = id;
  facts.user = spec.user;
  facts.request = spec.request;
  facts.priority = spec.priority;
  facts.estimate = estimate.value;
  facts.estimate_source = estimate.source;
  facts.time_limit = spec.time_limit;
  facts.grace_period = spec.grace_period.value_or(Duration{0});
  facts.retry = spec.retry;
  facts.dependencies = spec.dependencies;
  facts.array = spec.array;
  return facts;
}

JobFacts facts_of(const JobRecord& job, const RuntimeOptions& options) {
  if (job.estimate > Duration{0}) {
    return facts_of(job.id, *job.spec, {job.estimate, job.estimate_source});
  }
  return facts_of(job.id, *job.spec, settle_estimate(*job.spec, {}, options));
}

}  // namespace retz::runtime
