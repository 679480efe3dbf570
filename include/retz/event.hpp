// What happened. Past tense; each event is a fact that the engine books.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "retz/ids.hpp"
#include "retz/job.hpp"
#include "retz/policy.hpp"
#include "retz/resources.hpp"

namespace retz {

/// A user asked for a job. Answered by a JobAdded change or a Refuse decision. Jobs of one step may
/// depend on each other, whatever their sequence; a cycle among them is refused.
struct JobSubmitted {
  JobFacts facts = {};
  /// Of the jobs that it depends on, those that ended and that the engine no longer carries. One
  /// that is neither carried nor named here is unknown: the submission is refused.
  std::vector<EndedJob> ended = {};
};

/// A user or operator no longer wants a job. Waiting: killed at once. Active: its attempts are
/// stopped first. Unknown or ended jobs: no effect.
struct JobCancelled {
  JobId job = {};
  std::string reason = {};  // for people: "killed by alice"
};

/// A user wants a job run (again).
/// Waiting: back-off and tries cleared, eligible now, place kept. Active: refused, unless
/// `kill_running`: the attempt is stopped and the job queued anew when it has ended. Ended: queued
/// anew under its id, at a new arrival.
struct JobRerun {
  JobId job = {};
  bool kill_running = false;
  /// For a job that ended: what the store knows of it. Requires: given when the engine no longer
  /// carries the job.
  std::optional<KnownJob> ended = {};
};

/// The attempt's first instruction ran (or its cluster confirms that it runs). Also ends
/// `unreachable`. A late twin, which is not (or no longer) its job's live attempt, is stopped.
struct AttemptRunning {
  AttemptRef attempt = {};
  std::string confinement = {};
};

/// The attempt ended; its resources are free again. A second report of the same end, or one of an
/// attempt that was given up before, has no effect.
struct AttemptEnded {
  AttemptRef attempt = {};
  Outcome outcome = {};
  Usage usage = {};
};

/// Nothing is heard of the attempt; it may still run. Its resources stay taken.
struct AttemptUnreachable {
  AttemptRef attempt = {};
};

enum class LeaseKind : std::uint8_t {
  standing,  // amounts come back when an attempt ends (local, simulated)
  once,      // closes as a whole with its first use (Mesos offers)
};

/// The right to use resources of a node. A second grant with the same id replaces the amounts.
struct LeaseGranted {
  LeaseId lease = {};
  std::string node = {};
  LeaseKind kind = LeaseKind::standing;
  Capacity capacity = {};  // standing: all of the node, running attempts included. once: what is
                           // free and offered
};

struct LeaseRevoked {
  LeaseId lease = {};
};

/// The node and everything on it is gone: its leases end, its attempts end as node_lost.
struct NodeLost {
  std::string node = {};
};

/// Draining nodes take nothing new; what runs goes on.
struct NodeDrained {
  std::string node = {};
  bool draining = true;
};

/// All windows of a node in which it must be idle: they replace those told before; none ends them.
/// A job whose longest stay reaches into one does not start there.
struct MaintenancePlanned {
  std::string node = {};
  std::vector<MaintenanceWindow> windows = {};  // sorted, disjoint
};

/// From now on the engine decides in another way. What runs goes on. Refused (as job 0) where it
/// contradicts itself.
struct PolicyChanged {
  Policy policy = {};
};

/// The cluster wants this small named state kept: an id under which it is known, an address. The
/// runtime writes it to the store (SetState) in the batch that books this event, so that its
/// receipt comes back when the state is durable; the engine passes over it. An empty value removes
/// the name.
struct StateReported {
  std::string name = {};  // begins with a prefix of who reports it: "mesos.", "server."
  std::string value = {};
};

/// Nothing happened but time (a wake_at came).
struct TimePassed {};

using EventBody =
    std::variant<JobSubmitted, JobCancelled, JobRerun, AttemptRunning, AttemptEnded,
                 AttemptUnreachable, LeaseGranted, LeaseRevoked, NodeLost, NodeDrained,
                 MaintenancePlanned, PolicyChanged, StateReported, TimePassed>;

struct Event {
  EventBody what = {};
  Receipt receipt = {};
};

}  // namespace retz
