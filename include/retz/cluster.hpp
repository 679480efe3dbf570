// A cluster grants leases and runs attempts; it reports what happened into an inbox.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "retz/application.hpp"
#include "retz/decision.hpp"
#include "retz/event.hpp"
#include "retz/job.hpp"
#include "retz/result.hpp"

namespace retz {

/// Where events go. Threads: post may be called from any thread, also from inside carry_out.
class Inbox {
 public:
  virtual ~Inbox() = default;
  virtual void post(std::vector<Event> events) = 0;
};

/// A StartAttempt decision, joined with what a launcher needs.
struct Launch {
  AttemptRef attempt = {};
  LeaseId lease = {};
  Placement placement = {};
  std::shared_ptr<const JobSpec> job = {};
  std::shared_ptr<const Application> application = {};
  Duration grace_period{0};
  Instant started{};  // AttemptRecord::started: with the attempt, unique over restored stores
};

/// Whether jobs wait for leases, so that a cluster need not hold what nobody wants. Told when the
/// last one has gone and whenever their number grew; before the first, none wait. Comes before the
/// other actions of its batch.
struct LeasesWanted {
  std::uint64_t waiting = 0;  // jobs
};

using Action = std::variant<Launch, StopAttempt, ReturnLease, LeasesWanted>;

struct FileEntry {
  std::string path = {};      // relative to the sandbox
  std::int64_t size = 0;      // bytes
  std::int64_t modified = 0;  // seconds since the epoch
  std::uint32_t mode = 0;     // st_mode
  std::string owner, group;
};

struct FileChunk {
  std::string data = {};  // bytes, not text
  std::int64_t offset = 0;
  std::int64_t size = 0;  // of the whole file, now
};

/// The files of attempts, running or ended. Threads: any. A path never leaves the sandbox, by "..",
/// link or race.
class Sandboxes {
 public:
  virtual ~Sandboxes() = default;
  /// Error: not_found (no sandbox, or no such path).
  virtual Result<std::vector<FileEntry>> list(AttemptRef attempt, const std::string& path) = 0;
  /// At most `length` bytes from `offset` on; fewer at the end. Error: not_found, invalid_argument.
  virtual Result<FileChunk> read(AttemptRef attempt, const std::string& path, std::int64_t offset,
                                 std::int64_t length) = 0;
};

/// Threads: open, carry_out and reconcile are called by the runtime's thread; none of them blocks
/// for long.
class Cluster {
 public:
  virtual ~Cluster() = default;
  /// Starts reporting: grants the leases there are. The inbox outlives the cluster.
  virtual Result<void> open(Inbox& inbox) = 0;
  /// Idempotent on (job, attempt): a launch or stop that was carried out before is not carried out
  /// again. `settled`: receipts of events that are now durable.
  virtual void carry_out(std::span<const Action> actions, std::span<const Receipt> settled) = 0;
  /// After a restart: for each attempt an event will tell what became of it (running, ended,
  /// launch_failed because it was never launched and now never will be).
  virtual void reconcile(std::span<const AttemptRecord> believed_live) = 0;
  virtual Sandboxes& sandboxes() = 0;
};

}  // namespace retz
