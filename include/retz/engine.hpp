// The engine: what happened in, what to do out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "retz/decision.hpp"
#include "retz/event.hpp"
#include "retz/ordering.hpp"
#include "retz/planner.hpp"
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
  std::shared_ptr<const Ordering> ordering = {};  // absent: fifo
  std::shared_ptr<const Planner> planner = {};    // absent: first_fit
  std::shared_ptr<const FitRule> fit_rule = {};   // absent: best
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

/// Everything an engine must know to go on after its host program was restarted. Nodes and leases
/// are not part of it: the cluster grants them anew, and attempts booked on a node count as soon as
/// the node is back.
struct Snapshot {
  std::vector<KnownJob> jobs = {};           // live: blocked, queued, active
  std::vector<AttemptRecord> attempts = {};  // live: not ended
  std::vector<std::string> draining = {};    // nodes
  Arrival last_arrival = {};
  Instant now{};  // of the last step
};

/// Why a job waits: one blocking reason each.
struct Reason {
  enum class Code : std::uint8_t {
    no_nodes,         // no lease at all
    fits_no_node,     // more than the largest known node has; `resource`, `asked`, `most`
    not_enough_free,  // fits a node, not now; `node` is the nearest, `resource` short there; one
                      // each
    behind,           // the planner does not pass the job(s) before it; `job` is the head
    backing_off,      // until `until`
    node_draining,    // `node` would have room
    running_limit,    // Limits::running is reached; `most`
  };
  Code code = Code::no_nodes;
  std::string resource = {};  // "cpus", "mem", "gpus" (devices), "gpus.share", "custom.licence"
  std::int64_t asked = 0;     // in the resource's unit; shares in thousandths
  std::int64_t most = 0;      // free, or present at all
  std::string node = {};
  JobId job = {};
  std::optional<Instant> until = {};
  std::string text = {};  // one sentence for people
};

struct Explanation {
  JobState state = JobState::queued;
  std::uint64_t position = 0;  // in the order, from 1; 0: not waiting
  std::vector<Reason> reasons =
      {};  // all of them; empty: starts with the next pass, or does not wait
};

struct NodeStatus {
  std::string name = {};
  Capacity capacity = {};
  Amounts used = {};
  std::uint32_t attempts = 0;
  bool draining = false;
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
