// What all stores agree on.
#include "store/matching.hpp"

#include <algorithm>

namespace retz::store {
namespace {

template <class T>
bool any_or(const std::optional<T>& wanted, const T& value) {
  return !wanted || *wanted == value;
}

}  // namespace

bool matches(const JobQuery& query, const JobRecord& job) {
  const JobSpec& spec = *job.spec;
  const JobStatus& status = job.status;
  return any_or(query.user, spec.user) && any_or(query.application, spec.application) &&
         any_or(query.name, spec.name) &&
         (!query.array || (spec.array && spec.array->array == *query.array)) &&
         (!query.tag ||
          std::find(spec.tags.begin(), spec.tags.end(), *query.tag) != spec.tags.end()) &&
         (query.states.empty() || std::find(query.states.begin(), query.states.end(),
                                            status.state) != query.states.end()) &&
         (!query.submitted_from || status.submitted >= *query.submitted_from) &&
         (!query.submitted_before || status.submitted < *query.submitted_before) &&
         (!query.below || job.id < *query.below);
}

std::size_t page_limit(const JobQuery& query) {
  return std::clamp<std::size_t>(query.limit, 1, 65536);
}

Error batch_gap(BatchNumber last, BatchNumber asked) {
  return Error{Errc::internal, "batch " + std::to_string(asked.value) + " does not follow batch " +
                                   std::to_string(last.value) + ", the last one stored"};
}

Error contradiction(const std::string& what) {
  return Error{Errc::internal, "the batch contradicts what is stored: " + what};
}

}  // namespace retz::store
