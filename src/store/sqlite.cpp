// The store in one SQLite file: one connection writes, a few others read.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "json/stored.hpp"
#include "retz/store.hpp"
#include "store/matching.hpp"
#include "store/sqlite_query.hpp"
#include "store/sqlite_readers.hpp"
#include "store/sqlite_rows.hpp"

namespace retz::store {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path file, std::unique_ptr<Connection> writer)
      : file_(std::move(file)),
        writer_(std::move(writer)),
        readers_(file_, Connection::Use::read) {}
  /// Never writes.
  explicit SqliteStore(std::filesystem::path file)
      : file_(std::move(file)), observes_(true), readers_(file_, Connection::Use::observe) {}

  Result<Recovered> load() override;
  Result<void> commit(BatchNumber number, Instant stamp, std::span<const Write> writes) override;

  Result<JobPage> jobs(const JobQuery& query) const override;
  Result<std::optional<JobRecord>> job(JobId id) const override;
  Result<std::vector<AttemptRecord>> attempts(JobId job) const override;
  Result<std::vector<Application>> applications(
      const std::optional<std::string>& owner) const override;
  Result<std::optional<Application>> application(const std::string& name) const override;
  Result<std::vector<User>> users() const override;
  Result<std::optional<KeepKey>> key(const std::string& user,
                                     const std::string& key) const override;
  Result<std::vector<SetState>> states(const std::string& prefix) const override;

 private:
  Result<void> attempt_commit(BatchNumber number, Instant stamp, std::span<const Write> writes);
  Result<void> ready_to_write();

  std::filesystem::path file_;
  std::unique_ptr<Connection> writer_ = {};
  bool observes_ = false;
  mutable Readers readers_;
};

Application read_application(SQLite::Statement& row) {
  Result<Application> out = json::stored_application(row.getColumn(0).getString());
  if (!out) {
    throw DamagedRow{"an application: " + out.error().message};
  }
  return *out;
}

Result<Recovered> SqliteStore::load() {
  return readers_.read<Recovered>([](Connection& connection) {
    Recovered out;
    const Snapshot snapshot(connection);
    const std::string jobs = std::string("SELECT ") + job_columns + " FROM jobs WHERE " +
                             job_is_live + " ORDER BY jobs.id";
    SQLite::Statement job(connection.database(), jobs);
    while (job.executeStep()) {
      out.jobs.push_back(read_job(job));
    }
    const std::string attempts = std::string("SELECT ") + attempt_columns +
                                 " FROM attempts WHERE state <> 'ended' ORDER BY job, attempt";
    SQLite::Statement attempt(connection.database(), attempts);
    while (attempt.executeStep()) {
      out.attempts.push_back(read_attempt(attempt));
    }
    SQLite::Statement& progress =
        connection.statement("SELECT batch, stamp, last_job, last_arrival FROM progress");
    if (!progress.executeStep()) {
      throw DamagedRow{"its progress is missing"};
    }
    const auto id = [&](int column) {
      return static_cast<std::uint64_t>(progress.getColumn(column).getInt64());
    };
    out.last_batch = BatchNumber{id(0)};
    out.last_stamp = at_micros(progress.getColumn(1).getInt64());
    out.last_job = JobId{id(2)};
    out.last_arrival = Arrival{id(3)};
    return out;
  });
}

// After an error that left the connection in doubt, and when another file stands under the name, it
// is opened anew with all the checks.
Result<void> SqliteStore::ready_to_write() {
  if (observes_) {
    return fail(Errc::unsupported, file_.string() + " was opened for reading alone");
  }
  if (writer_ && writer_->moved()) {
    writer_.reset();
  }
  if (writer_) {
    return {};
  }
  // Opening would create it, empty: nothing of what was acknowledged would be in it.
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) {
    return fail(Errc::storage_failed,
                file_.string() +
                    " was moved or deleted while in use: put it back, with its -wal "
                    "file, or restore a backup");
  }
  Result<std::unique_ptr<Connection>> opened = open_again_for_writing(file_);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  writer_ = std::move(*opened);
  return {};
}

Result<void> SqliteStore::commit(BatchNumber number, Instant stamp, std::span<const Write> writes) {
  if (Result<void> ready = ready_to_write(); !ready) {
    return ready;
  }
  Result<void> done;
  try {
    done = attempt_commit(number, stamp, writes);
  } catch (...) {
    done = tl::unexpected(caught_error(file_, writer_.get()));
  }
  if (!writer_->roll_back()) {
    writer_.reset();
  }
  return done;
}

Result<void> SqliteStore::attempt_commit(BatchNumber number, Instant stamp,
                                         std::span<const Write> writes) {
  // The last number is read within the transaction: after a commit whose answer was an error, the
  // file alone knows whether it took place.
  writer_->statement("BEGIN IMMEDIATE").exec();
  SQLite::Statement& progress = writer_->statement("SELECT batch FROM progress");
  if (!progress.executeStep()) {
    throw DamagedRow{"its progress is missing"};
  }
  const BatchNumber last{static_cast<std::uint64_t>(progress.getColumn(0).getInt64())};
  progress.reset();
  if (number <= last) {
    return {};
  }
  if (number.value != last.value + 1) {
    return tl::unexpected(batch_gap(last, number));
  }
  if (Result<void> written = write_all(*writer_, number, stamp, writes); !written) {
    return written;
  }
  writer_->statement("COMMIT").exec();
  return {};
}

Result<JobPage> SqliteStore::jobs(const JobQuery& query) const {
  return readers_.read<JobPage>(
      [&](Connection& connection) { return find_jobs(connection, query); });
}

Result<std::optional<JobRecord>> SqliteStore::job(JobId id) const {
  return readers_.read<std::optional<JobRecord>>(
      [&](Connection& connection) { return find_job(connection, id); });
}

Result<std::vector<AttemptRecord>> SqliteStore::attempts(JobId job) const {
  return readers_.read<std::vector<AttemptRecord>>(
      [&](Connection& connection) { return find_attempts(connection, job); });
}

Result<std::vector<Application>> SqliteStore::applications(
    const std::optional<std::string>& owner) const {
  return readers_.read<std::vector<Application>>([&](Connection& connection) {
    SQLite::Statement& row = connection.statement(
        owner ? "SELECT definition FROM applications WHERE owner = ? ORDER BY name"
              : "SELECT definition FROM applications ORDER BY name");
    if (owner) {
      row.bind(1, *owner);
    }
    std::vector<Application> out;
    while (row.executeStep()) {
      out.push_back(read_application(row));
    }
    return out;
  });
}

Result<std::optional<Application>> SqliteStore::application(const std::string& name) const {
  return readers_.read<std::optional<Application>>(
      [&](Connection& connection) -> std::optional<Application> {
        SQLite::Statement& row =
            connection.statement("SELECT definition FROM applications WHERE name = ?");
        row.bind(1, name);
        if (!row.executeStep()) {
          return std::nullopt;
        }
        return read_application(row);
      });
}

Result<std::vector<User>> SqliteStore::users() const {
  return readers_.read<std::vector<User>>([](Connection& connection) {
    SQLite::Statement& row = connection.statement(
        "SELECT key_id, secret, enabled, admin, info FROM users ORDER BY key_id");
    std::vector<User> out;
    while (row.executeStep()) {
      User& user = out.emplace_back();
      user.key_id = row.getColumn(0).getString();
      user.secret = row.getColumn(1).getString();
      user.enabled = row.getColumn(2).getInt() != 0;
      user.admin = row.getColumn(3).getInt() != 0;
      user.info = row.getColumn(4).getString();
    }
    return out;
  });
}

Result<std::optional<KeepKey>> SqliteStore::key(const std::string& user,
                                                const std::string& key) const {
  return readers_.read<std::optional<KeepKey>>(
      [&](Connection& connection) -> std::optional<KeepKey> {
        SQLite::Statement& row = connection.statement(
            "SELECT body_digest, jobs, at FROM idempotency_keys WHERE user_key = ? AND key = ?");
        row.bind(1, user);
        row.bind(2, key);
        if (!row.executeStep()) {
          return std::nullopt;
        }
        Result<std::vector<JobId>> ids = json::stored_job_ids(row.getColumn(1).getString());
        if (!ids) {
          throw DamagedRow{"a key of " + user + ": " + ids.error().message};
        }
        return KeepKey{user, key, row.getColumn(0).getString(), std::move(*ids),
                       at_micros(row.getColumn(2).getInt64())};
      });
}

Result<std::vector<SetState>> SqliteStore::states(const std::string& prefix) const {
  return readers_.read<std::vector<SetState>>([&](Connection& connection) {
    SQLite::Statement& row =
        connection.statement("SELECT name, value FROM named_state WHERE name >= ? ORDER BY name");
    row.bind(1, prefix);
    std::vector<SetState> out;
    while (row.executeStep()) {
      std::string name = row.getColumn(0).getString();
      if (!name.starts_with(prefix)) {
        break;
      }
      out.push_back({std::move(name), row.getColumn(1).getString()});
    }
    return out;
  });
}

}  // namespace
}  // namespace retz::store

namespace retz {

Result<std::unique_ptr<Store>> sqlite_store(const std::filesystem::path& file) {
  Result<std::unique_ptr<store::Connection>> writer = store::open_for_writing(file);
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  return std::make_unique<store::SqliteStore>(file, std::move(*writer));
}

Result<std::unique_ptr<Store>> sqlite_store_for_reading(const std::filesystem::path& file) {
  if (Result<void> readable = store::check_readable(file); !readable) {
    return tl::unexpected(readable.error());
  }
  return std::make_unique<store::SqliteStore>(file);
}

}  // namespace retz
