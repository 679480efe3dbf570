// What to do, and what to write down. Imperatives; each is idempotent on (job, attempt).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "retz/ids.hpp"
#include "retz/job.hpp"
#include "retz/resources.hpp"
#include "retz/result.hpp"

namespace retz {

struct StartAttempt {
  AttemptRef attempt = {};
  LeaseId lease = {};
  Placement placement = {};
};

/// TERM to the whole tree, KILL after `grace_period`. The attempt stays booked until AttemptEnded.
/// May name an attempt that ended long ago, or that the cluster does not know.
struct StopAttempt {
  AttemptRef attempt = {};
  Duration grace_period{0};
};

/// A `once` lease is no longer wanted.
struct ReturnLease {
  LeaseId lease = {};
};

/// The answer to an event that cannot be: a job beyond a limit, the re-run of a running job.
struct Refuse {
  JobId job = {};
  Error error = {};
};

using Decision = std::variant<StartAttempt, StopAttempt, ReturnLease, Refuse>;

struct JobAdded {
  JobId job = {};
  JobStatus status = {};
};

struct JobChanged {
  JobId job = {};
  JobStatus status = {};
};

struct AttemptChanged {
  AttemptRecord attempt = {};
};

/// Which node was used how recently: the node of the `number`th start of all was this one.
struct NodeUsed {
  std::string node = {};
  std::uint64_t number = 0;
  friend auto operator<=>(const NodeUsed&, const NodeUsed&) = default;
};

/// What a user has used, decayed to `at`: RankedJob::usage before it is divided by the weight.
struct UsageChanged {
  std::string user = {};
  std::int64_t usage = 0;  // millionths of a share-second
  Instant at{};
  std::int64_t share = 0;  // dominant, of what runs since `at`, in thousand millionths
  friend auto operator<=>(const UsageChanged&, const UsageChanged&) = default;
};

/// The maintenance windows of a node; none: forget them.
struct MaintenanceChanged {
  std::string node = {};
  std::vector<MaintenanceWindow> windows = {};
  friend auto operator<=>(const MaintenanceChanged&, const MaintenanceChanged&) = default;
};

/// In the order in which they came about; the store applies them in that order.
using Change =
    std::variant<JobAdded, JobChanged, AttemptChanged, NodeUsed, UsageChanged, MaintenanceChanged>;

}  // namespace retz
