// Where jobs, attempts, applications and users live. Its rows are the truth.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "retz/application.hpp"
#include "retz/ids.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz {

struct JobRecord {
  JobId id = {};
  std::shared_ptr<const JobSpec> spec = {};
  JobStatus status = {};
  /// As settled at its submission, see JobFacts::estimate. Written with AddJob, never changed; 0
  /// where it was stored before estimates were.
  Duration estimate{0};
  EstimateSource estimate_source = EstimateSource::given;
};

struct User {
  std::string key_id = {};  // 1..32 characters, public
  std::string secret = {};  // signs requests; never logged
  bool enabled = true;
  bool admin = false;  // may see and touch the jobs of others
  std::string info = {};
};

// What a batch writes, applied in order.
struct AddJob {
  JobRecord job = {};
};
struct UpdateJob {
  JobId job = {};
  JobStatus status = {};
};
struct PutAttempt {
  AttemptRecord attempt = {};
};
struct PutApplication {
  Application application = {};
};
struct DeleteApplication {
  std::string name = {};
};
struct PutUser {
  User user = {};
};
/// The jobs that a submission with this idempotency key made. (user, key) is unique.
struct KeepKey {
  std::string user, key, body_digest;
  std::vector<JobId> jobs = {};
  Instant at{};
};
/// Small named state: framework id, drained nodes, boot id. An empty value removes the name.
struct SetState {
  std::string name, value;
};

using Write = std::variant<AddJob, UpdateJob, PutAttempt, PutApplication, DeleteApplication,
                           PutUser, KeepKey, SetState>;

/// What a restart needs.
struct Recovered {
  std::vector<JobRecord> jobs = {};          // live ones only
  std::vector<AttemptRecord> attempts = {};  // live ones only
  JobId last_job = {};
  Arrival last_arrival = {};
  BatchNumber last_batch = {};
  Instant last_stamp{};
};

/// Absent or empty: any. Newest (largest id) first.
struct JobQuery {
  std::optional<std::string> user = {}, application = {}, tag = {}, name = {};
  std::optional<JobId> array = {};  // the id of its first job
  std::vector<JobState> states = {};
  std::optional<Instant> submitted_from = {}, submitted_before = {};  // [from, before)
  std::optional<JobId> below = {};  // page cursor: ids smaller than this
  std::uint32_t limit = 1000;       // 1..65536
};

struct JobPage {
  std::vector<JobRecord> jobs = {};
  bool more = false;
};

/// Threads: load and commit belong to the runtime's thread; reads may come from any.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<Recovered> load() = 0;
  /// All or nothing, durable when it returns. A number already stored is success and changes
  /// nothing. Requires: numbers are consecutive. Error: storage_*; after one, the same batch may be
  /// committed again.
  virtual Result<void> commit(BatchNumber number, Instant stamp, std::span<const Write> writes) = 0;

  virtual Result<JobPage> jobs(const JobQuery& query) const = 0;
  virtual Result<std::optional<JobRecord>> job(JobId id) const = 0;
  virtual Result<std::vector<AttemptRecord>> attempts(JobId job) const = 0;
  virtual Result<std::vector<Application>> applications(
      const std::optional<std::string>& owner) const = 0;
  virtual Result<std::optional<Application>> application(const std::string& name) const = 0;
  virtual Result<std::vector<User>> users() const = 0;
  virtual Result<std::optional<KeepKey>> key(const std::string& user,
                                             const std::string& key) const = 0;
  /// All whose names begin so, by name.
  virtual Result<std::vector<SetState>> states(const std::string& prefix) const = 0;
  Result<std::optional<std::string>> state(const std::string& name) const {
    Result<std::vector<SetState>> found = states(name);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (found->empty() || found->front().name != name) return std::nullopt;
    return std::move(found->front().value);
  }
};

/// Gone with the process.
std::unique_ptr<Store> memory_store();

/// One file, WAL, durable at each commit. Creates or migrates it. Error: storage_* with the path
/// and the way out.
Result<std::unique_ptr<Store>> sqlite_store(const std::filesystem::path& file);

/// The file of a server that may be running, for reading alone: it is neither created, migrated nor
/// written, and holds up nobody. (SQLite may leave its empty -wal and -shm files beside it.)
/// `commit` is refused. Error: not_found; storage_*, also where the file's schema is not of this
/// version.
Result<std::unique_ptr<Store>> sqlite_store_for_reading(const std::filesystem::path& file);

/// A copy as of one commit, also while a server writes the file; `into` is replaced when all of it
/// is durable, and is for its owner alone. Error: not_found; storage_*.
Result<void> copy_sqlite_store(const std::filesystem::path& file,
                               const std::filesystem::path& into);
/// Of a store's file of this or an earlier version. Error: not_found; storage_*.
Result<std::optional<std::string>> state_in_sqlite_store(const std::filesystem::path& file,
                                                         const std::string& name);

}  // namespace retz
