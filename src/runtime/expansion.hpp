// A submission spelled out: an id for every job, arrays as the jobs they stand for, and what they
// wait for, looked up and named by id.
#pragma once

#include <vector>

#include "runtime/core.hpp"

namespace retz::runtime {

struct Expansion {
  std::vector<JobId> first = {};  // of each job of the submission, as it was written
  std::vector<JobSubmitted> jobs = {};
  std::vector<std::shared_ptr<const JobSpec>> specs = {};  // of `jobs`

  /// Which job of the submission a job stems from.
  std::size_t position_of(JobId id) const;
};

/// How many jobs there will be. Error: invalid_argument for an array without jobs.
Result<std::uint64_t> count_jobs(const std::vector<JobSpec>& jobs);

/// Requires: the specs are settled. Error: what is wrong, with the field as in "jobs[3].after".
Result<Expansion> expand(Core& core, const Batch& batch, SubmitJobs& command);

/// The error of one job of a submission, with the field as its user wrote it.
tl::unexpected<Error> of_job(Error error, std::size_t position, std::size_t count);

}  // namespace retz::runtime
