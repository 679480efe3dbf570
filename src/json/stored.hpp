// What the stores keep as JSON text, read back. Types are checked; the ranges that users are held
// to are not, for a host program may have written beyond them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retz/application.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz::json {

/// The opposite of to_json(JobSpec), but for `user`, which is not part of it.
Result<JobSpec> stored_job_spec(std::string_view text);
/// The opposite of to_json(Application).
Result<Application> stored_application(std::string_view text);

std::string placement_to_json(const Placement& placement);
Result<Placement> stored_placement(std::string_view text);

std::string job_ids_to_json(const std::vector<JobId>& ids);
Result<std::vector<JobId>> stored_job_ids(std::string_view text);

}  // namespace retz::json
