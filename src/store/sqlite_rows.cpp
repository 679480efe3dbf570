// Rows of the SQLite store to records.
#include "store/sqlite_rows.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include "json/stored.hpp"
#include "store/names.hpp"

namespace retz::store {
namespace {

// Takes the columns of a row one after the other.
class RowReader {
 public:
  explicit RowReader(SQLite::Statement& row) : row_(row) {}

  std::int64_t number() { return row_.getColumn(at_++).getInt64(); }
  std::uint64_t id() { return static_cast<std::uint64_t>(number()); }
  std::uint32_t count() { return static_cast<std::uint32_t>(number()); }
  std::int32_t small() { return static_cast<std::int32_t>(number()); }
  std::string text() { return row_.getColumn(at_++).getString(); }
  Instant instant() { return at_micros(number()); }
  std::optional<std::int64_t> optional_number() {
    if (row_.isColumnNull(at_)) {
      ++at_;
      return std::nullopt;
    }
    return number();
  }
  std::optional<Instant> optional_instant() {
    const std::optional<std::int64_t> value = optional_number();
    return value ? std::optional(at_micros(*value)) : std::nullopt;
  }
  template <class Enum>
  Enum name(std::optional<Enum> (*read)(std::string_view) noexcept) {
    const std::string text = this->text();
    const std::optional<Enum> value = read(text);
    if (!value) {
      throw DamagedRow{"\"" + text.substr(0, 32) + "\" in column " + row_.getColumnName(at_ - 1)};
    }
    return *value;
  }
  std::optional<Outcome> outcome() {
    if (row_.isColumnNull(at_)) {
      at_ += 4;
      return std::nullopt;
    }
    Outcome out;
    out.kind = name(outcome_kind);
    out.exit_code = small();
    out.signal = small();
    out.reason = text();
    return out;
  }

 private:
  SQLite::Statement& row_;
  int at_ = 0;
};

}  // namespace

const char* const job_columns =
    "jobs.id, user_key, spec, state, arrival, submitted, eligible_at, started, finished, attempts, "
    "tries, system_failures, wish, outcome, exit_code, signal, reason, estimate, estimate_source";

const char* const attempt_columns =
    "job, attempt, state, placement, started, running_since, ended, outcome, exit_code, signal, "
    "reason, cpu_time, max_memory, confinement";

const char* const job_is_live = "(state = 'blocked' OR state = 'queued' OR state = 'active')";

JobRecord read_job(SQLite::Statement& row) {
  RowReader reader(row);
  JobRecord out;
  out.id = JobId{reader.id()};
  std::string user = reader.text();
  Result<JobSpec> spec = json::stored_job_spec(reader.text());
  if (!spec) {
    throw DamagedRow{"job " + std::to_string(out.id.value) + ": " + spec.error().message};
  }
  spec->user = std::move(user);
  out.spec = std::make_shared<const JobSpec>(std::move(*spec));
  JobStatus& status = out.status;
  status.state = reader.name(job_state);
  status.arrival = Arrival{reader.id()};
  status.submitted = reader.instant();
  status.eligible_at = reader.instant();
  status.started = reader.optional_instant();
  status.finished = reader.optional_instant();
  status.attempts = reader.count();
  status.tries = reader.count();
  status.system_failures = reader.count();
  status.wish = reader.name(wish);
  status.outcome = reader.outcome();
  if (const std::optional<std::int64_t> estimate = reader.optional_number()) {
    out.estimate = Duration(*estimate);
    out.estimate_source = reader.name(estimate_source);
  }
  return out;
}

AttemptRecord read_attempt(SQLite::Statement& row) {
  RowReader reader(row);
  AttemptRecord out;
  out.ref.job = JobId{reader.id()};
  out.ref.attempt = reader.count();
  out.state = reader.name(attempt_state);
  Result<Placement> placement = json::stored_placement(reader.text());
  if (!placement) {
    throw DamagedRow{"attempt " + std::to_string(out.ref.attempt) + " of job " +
                     std::to_string(out.ref.job.value) + ": " + placement.error().message};
  }
  out.placement = std::move(*placement);
  out.started = reader.instant();
  out.running_since = reader.optional_instant();
  out.ended = reader.optional_instant();
  out.outcome = reader.outcome();
  out.usage.cpu_time = Duration(reader.number());
  out.usage.max_memory = reader.number();
  out.confinement = reader.text();
  return out;
}

}  // namespace retz::store
