// Finding jobs and attempts with SQL. All throw SQLite::Exception and DamagedRow.
#pragma once

#include "retz/store.hpp"
#include "store/sqlite_connection.hpp"

namespace retz::store {

JobPage find_jobs(Connection& connection, const JobQuery& query);
std::optional<JobRecord> find_job(Connection& connection, JobId id);
std::vector<AttemptRecord> find_attempts(Connection& connection, JobId job);

}  // namespace retz::store
