// Finding jobs and attempts with SQL.
#include "store/sqlite_query.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>

#include "store/matching.hpp"
#include "store/sqlite_rows.hpp"

namespace retz::store {
namespace {

// The text of a query, and the values for its parameters in their order.
struct Filter {
  std::string where;
  std::vector<std::variant<std::int64_t, std::string>> values;

  void add(const char* condition) {
    where += (where.empty() ? " WHERE " : " AND ") + std::string(condition);
  }
  void add(const char* condition, std::variant<std::int64_t, std::string> value) {
    add(condition);
    values.push_back(std::move(value));
  }
};

std::string state_list(const std::vector<JobState>& states) {
  std::string out = "state IN (";
  for (const JobState state : states) {
    out += (out.back() == '(' ? "'" : ", '") + std::string(to_string(state)) + "'";
  }
  return out + ")";
}

Filter filter_of(const JobQuery& query) {
  Filter out;
  if (query.tag) {
    out.add("job_tags.tag = ?", *query.tag);
  }
  if (query.user) {
    out.add("user_key = ?", *query.user);
  }
  if (query.application) {
    out.add("application = ?", *query.application);
  }
  if (query.name) {
    out.add("name = ?", *query.name);
  }
  if (query.array) {
    out.add("array_id = ?", static_cast<std::int64_t>(query.array->value));
  }
  if (!query.states.empty()) {
    out.add(state_list(query.states).c_str());
    if (std::none_of(query.states.begin(), query.states.end(), is_terminal)) {
      // Says nothing new, but lets SQLite use the index of live jobs.
      out.add(job_is_live);
    }
  }
  if (query.submitted_from) {
    out.add("submitted >= ?", micros(*query.submitted_from));
  }
  if (query.submitted_before) {
    out.add("submitted < ?", micros(*query.submitted_before));
  }
  if (query.below) {
    // An id beyond 63 bits is above every job.
    const std::uint64_t most = INT64_MAX;
    out.add(query.tag ? "job_tags.job < ?" : "jobs.id < ?",
            static_cast<std::int64_t>(std::min(query.below->value, most)));
  }
  return out;
}

}  // namespace

JobPage find_jobs(Connection& connection, const JobQuery& query) {
  const std::size_t limit = page_limit(query);
  const Filter filter = filter_of(query);
  const std::string sql =
      std::string("SELECT ") + job_columns +
      (query.tag ? " FROM job_tags CROSS JOIN jobs ON jobs.id = job_tags.job" : " FROM jobs") +
      filter.where + (query.tag ? " ORDER BY job_tags.job DESC" : " ORDER BY jobs.id DESC") +
      " LIMIT " + std::to_string(limit + 1);
  SQLite::Statement row(connection.database(), sql);
  int at = 0;
  for (const auto& value : filter.values) {
    std::visit([&](const auto& v) { row.bind(++at, v); }, value);
  }
  JobPage page;
  while (row.executeStep()) {
    if (page.jobs.size() == limit) {
      page.more = true;
      break;
    }
    page.jobs.push_back(read_job(row));
  }
  return page;
}

std::optional<JobRecord> find_job(Connection& connection, JobId id) {
  static const std::string sql =
      std::string("SELECT ") + job_columns + " FROM jobs WHERE jobs.id = ?";
  SQLite::Statement& row = connection.statement(sql.c_str());
  row.bind(1, static_cast<std::int64_t>(id.value));
  if (!row.executeStep()) {
    return std::nullopt;
  }
  return read_job(row);
}

std::vector<AttemptRecord> find_attempts(Connection& connection, JobId job) {
  static const std::string sql =
      std::string("SELECT ") + attempt_columns + " FROM attempts WHERE job = ? ORDER BY attempt";
  SQLite::Statement& row = connection.statement(sql.c_str());
  row.bind(1, static_cast<std::int64_t>(job.value));
  std::vector<AttemptRecord> out;
  while (row.executeStep()) {
    out.push_back(read_attempt(row));
  }
  return out;
}

}  // namespace retz::store
