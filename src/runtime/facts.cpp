#include "runtime/facts.hpp"

namespace retz::runtime {

JobFacts facts_of(JobId id, const JobSpec& spec, const RuntimeOptions& options) {
  JobFacts facts;
  facts.id = id;
  facts.user = spec.user;
  facts.request = spec.request;
  facts.priority = spec.priority;
  facts.grace_period = spec.grace_period.value_or(Duration{0});
  if (spec.estimate) {
    facts.estimate = *spec.estimate;
  } else if (spec.time_limit) {
    facts.estimate = *spec.time_limit + facts.grace_period;
  } else {
    facts.estimate = options.default_estimate;
  }
  facts.retry = spec.retry;
  return facts;
}

}  // namespace retz::runtime
