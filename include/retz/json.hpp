// The JSON form of jobs, applications and what is known of them: one form for the API, the store
// and the clients.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retz/application.hpp"
#include "retz/engine.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"
#include "retz/store.hpp"

namespace retz {

/// A user's job. Error: invalid_argument; `field` is the path ("resources.cpus"); unknown fields
/// are errors that suggest the nearest known one.
Result<JobSpec> job_spec_from_json(std::string_view text);
/// One job, or {"jobs": [...]}; fields are named "jobs[3].command".
Result<std::vector<JobSpec>> job_specs_from_json(std::string_view text);
Result<Application> application_from_json(std::string_view text);

std::string to_json(const JobSpec& spec);
std::string to_json(const Application& application);
std::string to_json(const JobRecord& job);
std::string to_json(const JobRecord& job, const std::vector<AttemptRecord>& attempts);
std::string to_json(const AttemptRecord& attempt);
/// `forecast`: of retz::forecast. "start_estimate" tells the time of the reservation, else of the
/// forecast, else the earliest possible, and which of them it is.
std::string to_json(const Explanation& explanation, std::optional<Instant> forecast = {});
std::string to_json(const NodeStatus& node);
std::string to_json(const Error& error);  // {"error": {"code":, "field":, "message":}}

/// Orderings, planners and rules by their names.
std::string to_json(const Policy& policy);
/// What is left out stays as in `base`; null is the default. Error: invalid_argument with field.
Result<Policy> policy_from_json(std::string_view text, const Policy& base);

/// What a user may do with {"draining":, "maintenance": [{"from":, "until":}]}; one is given.
struct NodePlan {
  std::optional<bool> draining = {};
  std::optional<std::vector<MaintenanceWindow>> maintenance = {};
};
Result<NodePlan> node_plan_from_json(std::string_view text);

/// "rack=r1", "rack!=r1", "rack~r*". Error: invalid_argument.
Result<Constraint> constraint_from_text(std::string_view text);
/// "1-100", "1-100%10" (at most 10 of them at once). Error: invalid_argument.
Result<ArrayPlace> array_from_text(std::string_view text);

/// RFC 3339 in UTC with microseconds, "2026-11-22T08:36:00.000000Z".
std::string to_text(Instant time);
Result<Instant> instant_from_text(std::string_view text);
/// "90", "90s", "1.5m", "2h", "3d", "250ms". A bare number counts seconds.
Result<Duration> duration_from_text(std::string_view text);
/// "512", "512MiB", "4GiB", "1TiB": MiB.
Result<std::int64_t> mebibytes_from_text(std::string_view text);

}  // namespace retz
