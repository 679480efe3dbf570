// The engine: what happened in, what to do out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retz/decision.hpp"
#include "retz/event.hpp"
#include "retz/policy.hpp"
#include "retz/result.hpp"

namespace retz {

/// The most that one job may ask for; beyond it a submission is refused. Absent: no limit.
struct Limits {
  std::optional<std::int64_t> cpus = {};  // thousandths
  std::optional<std::int64_t> mem = {};   // MiB
  std::optional<std::int64_t> disk = {};  // MiB
  std::optional<std::int32_t> gpus = {};  // whole devices; a share counts as one
  std::optional<std::int32_t> ports = {};
  std::optional<std::uint32_t> running = {};  // attempts alive at once, over all jobs
  /// The set of nodes is complete (one machine): a job that fits none of them is refused, not kept
  /// waiting.
  bool closed_cluster = false;
};

struct EngineOptions {
  Policy policy = {};  // may be changed later: PolicyChanged
  std::uint64_t seed = 1;
  Limits limits = {};
};

/// What one step decided. Valid until the next call on the engine.
struct Step {
  std::vector<Decision> decisions = {};
  std::vector<Change> changes = {};
  std::optional<Instant> wake_at = {};  // step again at this time even if nothing happens
};

enum class Pass : std::uint8_t { none, once };  // none: book only, start nothing

/// What a planner has promised a job: it starts there, then or earlier, as long as estimates hold.
struct Reservation {
  JobId job = {};
  std::string node = {};
  Instant at{};
  friend auto operator<=>(const Reservation&, const Reservation&) = default;
};

/// Everything an engine must know to go on after its host program was restarted. Nodes and leases
/// are not part of it: the cluster grants them anew, and attempts booked on a node count as soon as
/// the node is back.
struct Snapshot {
  std::vector<KnownJob> jobs = {};                   // live: blocked, queued, active
  std::vector<AttemptRecord> attempts = {};          // live: not ended
  std::vector<std::string> draining = {};            // nodes
  std::vector<MaintenanceChanged> maintenance = {};  // by node
  std::vector<NodeUsed> last_uses = {};              // by node; of nodes that started something
  std::vector<UsageChanged> usages = {};             // by user
  std::vector<Reservation> reservations = {};        // by job; where the planner keeps them
  Arrival last_arrival = {};
  Instant now{};  // of the last step
};

/// Why a job waits: one blocking reason each, and the least change that would do away with it.
struct Reason {
  enum class Code : std::uint8_t {
    no_nodes,            // no lease at all
    fits_no_node,        // more than the largest known node has; `resource`, `asked`, `most`
    constraints,         // no known node has what is asked of it; `resource` is the attribute
    not_enough_free,     // fits a node, not now; `node` is the nearest, `resource` short there; one
                         // each
    prefers,             // room on nodes that it does not prefer; `until` it waits for others
    spread,              // the nodes with room are of values that have their part; `resource`
    reserved,            // `node` would have room, which is promised to `job` for `until`
    maintenance,         // `node` would have room, but is worked on from `until` on
    behind,              // the planner does not pass the job before it, `job`
    backing_off,         // until `until`
    dependency,          // `job` has not ended as it must
    node_draining,       // `node` would have room
    running_limit,       // Limits::running is reached; `most`
    user_running_limit,  // UserLimits::running; `most`
    user_cpus_limit,     // UserLimits::running_cpus; `asked`, `most` is what is left of it
    user_queued_limit,   // UserLimits::queued; `most`
    array_limit,         // ArrayPlace::running_max; `most`
  };
  Code code = Code::no_nodes;
  std::string resource = {};  // "cpus", "mem", "gpus" (devices), "gpus.share", "custom.licence"
  std::int64_t asked = 0;     // in the resource's unit; shares in thousandths
  std::int64_t most = 0;      // free, or present at all
  std::string node = {};
  JobId job = {};
  std::optional<Instant> until = {};
  std::string text = {};    // one sentence for people
  std::string remedy = {};  // the least change, for people: "2 GiB less memory", "after job 17
                            // ends, 2026-11-22T14:02:00Z at the latest"; empty: none known
};
std::string_view to_string(Reason::Code code) noexcept;

struct Explanation {
  JobState state = JobState::queued;
  std::uint64_t position = 0;        // in the order, from 1; 0: not waiting
  std::vector<Reason> reasons = {};  // all of them; empty: starts with the next pass, or does not
                                     // wait
  Duration estimate{0};
  EstimateSource estimate_source = EstimateSource::given;
  /// How often a job that comes later in the order started before this one's class, and the last.
  struct PassedOver {
    std::uint64_t times = 0;
    bool at_least = false;  // older starts are no longer known
    JobId last = {};
    std::optional<Instant> at = {};
  };
  PassedOver passed_over = {};
  std::optional<Reservation> reservation = {};
  std::optional<Instant> not_before = {};  // no job it waits for ends earlier, by the estimates
};

/// What is needed to run an engine forward from where it stands: plain data, for another thread.
struct Outlook {
  EngineOptions options = {};
  Snapshot snapshot = {};  // of the jobs that come before the one asked for, and of itself
  std::vector<LeaseGranted> leases = {};
  JobId job = {};
};
/// When the job would start if every job took its estimate and nothing were submitted. `enough()`
/// is asked now and then; true: give up. Absent: given up, or it never would.
std::optional<Instant> forecast(const Outlook& outlook, const std::function<bool()>& enough);

struct NodeStatus {
  std::string name = {};
  Capacity capacity = {};
  Amounts used = {};
  std::uint32_t attempts = 0;
  bool draining = false;
  std::vector<MaintenanceWindow> maintenance = {};
};

struct EngineCounts {
  std::uint64_t blocked = 0, queued = 0, active = 0;
};

/// Threads: one at a time; calls on different engines are independent. Movable, not copyable.
/// Errors: bad input is answered by a Refuse decision; a broken invariant goes to the assertion
/// handler.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// Books the events in their order, then (Pass::once) plans once over the whole queue.
  /// Requires: `now` never decreases.
  const Step& step(std::span<const Event> events, Instant now, Pass pass = Pass::once);

  /// Every reason why the job still waits. Error: not_found when the engine does not carry it.
  Result<Explanation> explain(JobId job) const;
  /// For forecast(): copies what runs or comes before it, half a microsecond a job. Error:
  /// not_found when it does not wait; too_large when those are more than `jobs_max`.
  Result<Outlook> outlook(JobId job, std::size_t jobs_max = 10000) const;

  Snapshot snapshot() const;
  /// An engine that goes on where the snapshot was taken: digest() is equal before and after.
  /// Error: invalid_argument naming what in the snapshot contradicts itself.
  static Result<Engine> restore(EngineOptions options, const Snapshot& snapshot);

  /// Of all that snapshot() holds; equal engines have equal digests, on every machine.
  std::uint64_t digest() const;
  /// Re-computes every redundant figure; a mismatch goes to the assertion handler. Slow; for tests.
  void check_invariants() const;

  std::vector<NodeStatus> nodes() const;
  EngineCounts counts() const;
  const EngineOptions& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retz
