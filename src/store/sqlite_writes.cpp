// Records to rows: one kept statement for each kind of write.
#include <SQLiteCpp/Statement.h>

#include <algorithm>

#include "json/stored.hpp"
#include "retz/json.hpp"
#include "store/matching.hpp"
#include "store/names.hpp"
#include "store/sqlite_rows.hpp"

namespace retz::store {
namespace {

// Gives values to the parameters of a statement in their order. Texts are not copied: they must
// live until the statement has run.
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) {}

  Binder& number(std::int64_t value) {
    statement_.bind(++at_, value);
    return *this;
  }
  Binder& number(std::uint64_t value) { return number(static_cast<std::int64_t>(value)); }
  Binder& text(const std::string& value) {
    statement_.bindNoCopy(++at_, value);
    return *this;
  }
  // A name of ours: static.
  Binder& name(std::string_view value) {
    statement_.bindNoCopy(++at_, value.data());
    return *this;
  }
  Binder& instant(Instant value) { return number(micros(value)); }
  Binder& instant(std::optional<Instant> value) { return value ? instant(*value) : nothing(); }
  Binder& outcome(const std::optional<Outcome>& value) {
    if (!value) {
      return nothing().nothing().nothing().nothing();
    }
    return name(to_string(value->kind))
        .number(std::int64_t{value->exit_code})
        .number(std::int64_t{value->signal})
        .text(value->reason);
  }
  Binder& status(const JobStatus& s) {
    return name(to_string(s.state))
        .number(s.arrival.value)
        .instant(s.submitted)
        .instant(s.eligible_at)
        .instant(s.started)
        .instant(s.finished)
        .number(std::int64_t{s.attempts})
        .number(std::int64_t{s.tries})
        .number(std::int64_t{s.system_failures})
        .name(to_string(s.wish))
        .outcome(s.outcome);
  }
  Binder& array(const std::optional<ArrayPlace>& place) {
    return place ? number(place->array.value) : nothing();
  }
  int run() { return statement_.exec(); }

 private:
  Binder& nothing() {
    statement_.bind(++at_);
    return *this;
  }

  SQLite::Statement& statement_;
  int at_ = 0;
};

class BatchWriter {
 public:
  explicit BatchWriter(Connection& connection) : connection_(connection) {}

  Result<void> operator()(const AddJob& w) {
    if (!w.job.spec) {
      return tl::unexpected(
          contradiction("job " + std::to_string(w.job.id.value) + " is added without a spec"));
    }
    const JobSpec& spec = *w.job.spec;
    const std::string text = to_json(spec);
    bind(
        "INSERT INTO jobs (id, user_key, application, name, spec, state, arrival, submitted, "
        "eligible_at, started, finished, attempts, tries, system_failures, wish, outcome, "
        "exit_code, signal, reason, estimate, estimate_source, array_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .number(w.job.id.value)
        .text(spec.user)
        .text(spec.application)
        .text(spec.name)
        .text(text)
        .status(w.job.status)
        .number(w.job.estimate.count())
        .name(to_string(w.job.estimate_source))
        .array(spec.array)
        .run();
    for (const std::string& tag : spec.tags) {
      bind("INSERT INTO job_tags (tag, job) VALUES (?, ?) ON CONFLICT DO NOTHING")
          .text(tag)
          .number(w.job.id.value)
          .run();
    }
    last_job_ = std::max(last_job_, w.job.id);
    last_arrival_ = std::max(last_arrival_, w.job.status.arrival);
    return {};
  }

  Result<void> operator()(const UpdateJob& w) {
    const int changed =
        bind(
            "UPDATE jobs SET state = ?, arrival = ?, submitted = ?, eligible_at = ?, started = ?, "
            "finished = ?, attempts = ?, tries = ?, system_failures = ?, wish = ?, outcome = ?, "
            "exit_code = ?, signal = ?, reason = ? WHERE id = ?")
            .status(w.status)
            .number(w.job.value)
            .run();
    if (changed != 1) {
      return tl::unexpected(contradiction("job " + std::to_string(w.job.value) + " is not known"));
    }
    last_arrival_ = std::max(last_arrival_, w.status.arrival);
    return {};
  }

  Result<void> operator()(const PutAttempt& w) {
    const AttemptRecord& a = w.attempt;
    const std::string placement = json::placement_to_json(a.placement);
    bind(
        "INSERT INTO attempts (job, attempt, state, node, placement, started, running_since, "
        "ended, outcome, exit_code, signal, reason, cpu_time, max_memory, confinement) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (job, attempt) DO UPDATE SET state = excluded.state, node = excluded.node, "
        "placement = excluded.placement, started = excluded.started, "
        "running_since = excluded.running_since, ended = excluded.ended, "
        "outcome = excluded.outcome, exit_code = excluded.exit_code, signal = excluded.signal, "
        "reason = excluded.reason, cpu_time = excluded.cpu_time, "
        "max_memory = excluded.max_memory, confinement = excluded.confinement")
        .number(a.ref.job.value)
        .number(std::int64_t{a.ref.attempt})
        .name(to_string(a.state))
        .text(a.placement.node)
        .text(placement)
        .instant(a.started)
        .instant(a.running_since)
        .instant(a.ended)
        .outcome(a.outcome)
        .number(a.usage.cpu_time.count())
        .number(a.usage.max_memory)
        .text(a.confinement)
        .run();
    return {};
  }

  Result<void> operator()(const PutApplication& w) {
    const std::string definition = to_json(w.application);
    bind(
        "INSERT INTO applications (name, owner, definition) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, "
        "definition = excluded.definition")
        .text(w.application.name)
        .text(w.application.owner)
        .text(definition)
        .run();
    return {};
  }

  Result<void> operator()(const DeleteApplication& w) {
    bind("DELETE FROM applications WHERE name = ?").text(w.name).run();
    return {};
  }

  Result<void> operator()(const PutUser& w) {
    bind(
        "INSERT INTO users (key_id, secret, enabled, admin, info) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (key_id) DO UPDATE SET secret = excluded.secret, "
        "enabled = excluded.enabled, admin = excluded.admin, info = excluded.info")
        .text(w.user.key_id)
        .text(w.user.secret)
        .number(std::int64_t{w.user.enabled ? 1 : 0})
        .number(std::int64_t{w.user.admin ? 1 : 0})
        .text(w.user.info)
        .run();
    return {};
  }

  Result<void> operator()(const KeepKey& w) {
    const std::string jobs = json::job_ids_to_json(w.jobs);
    bind(
        "INSERT INTO idempotency_keys (user_key, key, body_digest, jobs, at) "
        "VALUES (?, ?, ?, ?, ?)")
        .text(w.user)
        .text(w.key)
        .text(w.body_digest)
        .text(jobs)
        .instant(w.at)
        .run();
    return {};
  }

  Result<void> operator()(const SetState& w) {
    if (w.value.empty()) {
      bind("DELETE FROM named_state WHERE name = ?").text(w.name).run();
      return {};
    }
    bind(
        "INSERT INTO named_state (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .text(w.name)
        .text(w.value)
        .run();
    return {};
  }

  void finish(BatchNumber number, Instant stamp) {
    bind(
        "UPDATE progress SET batch = ?, stamp = ?, last_job = max(last_job, ?), "
        "last_arrival = max(last_arrival, ?)")
        .number(number.value)
        .instant(stamp)
        .number(last_job_.value)
        .number(last_arrival_.value)
        .run();
  }

 private:
  Binder bind(const char* sql) { return Binder(connection_.statement(sql)); }

  Connection& connection_;
  JobId last_job_;
  Arrival last_arrival_;
};

}  // namespace

Result<void> write_all(Connection& connection, BatchNumber number, Instant stamp,
                       std::span<const Write> writes) {
  BatchWriter writer(connection);
  for (const Write& write : writes) {
    if (Result<void> done = std::visit(writer, write); !done) {
      return done;
    }
  }
  writer.finish(number, stamp);
  return {};
}

}  // namespace retz::store
