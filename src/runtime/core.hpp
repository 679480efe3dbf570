// What the parts of the runtime share: the engine, the tables beside it, the batch that waits.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "retz/runtime.hpp"
#include "runtime/batch.hpp"
#include "runtime/estimate_learner.hpp"
#include "runtime/live_jobs.hpp"
#include "runtime/spec_cache.hpp"
#include "runtime/stamp.hpp"
#include "runtime/status_board.hpp"

namespace retz::runtime {

/// A batch whose commit fails at present. It is kept as it is: engine and tables have moved on with
/// it, and the store may even have it although its answer was lost.
struct Stalled {
  Batch batch;
  Error error;
  Instant since{};
  Instant next_try{};
  Duration delay{0};
  bool dumped = false;
};

/// Memory is never behind: engine and tables hold what the batch in the making will make true. As a
/// batch is never given up, none of it is ever taken back.
struct Core {
  RuntimeOptions options;
  Mailbox& mailbox;
  Store& store;
  Cluster& cluster;
  Stamp stamp;
  Engine engine;

  LiveJobs live = {};
  SpecCache specs = {};
  std::map<std::string, std::shared_ptr<const Application>> applications = {};
  std::map<std::string, User> users = {};
  std::set<std::string> draining = {};
  EstimateLearner learner = {};
  Policy configured = {};          // before any was set while running
  bool outdated_policy = false;    // the store still has one of another configuration
  std::uint64_t told_waiting = 0;  // jobs, as the cluster was told
  JobId last_job = {};
  BatchNumber last_batch = {};

  std::optional<Instant> wake_at = {};
  /// Events that came in while a commit failed, and the runtime's own for the next turn. Bounded:
  /// while nothing is carried out a cluster has no more to report than what already runs.
  std::vector<Event> held = {};
  std::optional<Stalled> stalled = {};
  StatusBoard board = {};

  void log(int severity, const std::string& message) const {
    if (options.hooks.log) options.hooks.log(severity, message);
  }
};

/// The host program (no name) and admins may touch everything; others what is theirs.
bool may_touch(const Core& core, const std::string& user, const std::string& owner);

/// Of any job, live or ended. Error: not_found; unavailable when the store cannot be read.
Result<std::shared_ptr<const JobSpec>> find_spec(Core& core, const Batch& batch, JobId id);

/// The error of a store that cannot be read, as a client should hear it.
tl::unexpected<Error> unreadable(const Error& error);

}  // namespace retz::runtime
