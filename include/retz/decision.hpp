// What to do, and what to write down. Imperatives; each is idempotent on (job, attempt).
#pragma once

#include <cstdint>
#include <string>
#include <variant>

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

/// In the order in which they came about; the store applies them in that order.
using Change = std::variant<JobAdded, JobChanged, AttemptChanged>;

}  // namespace retz
