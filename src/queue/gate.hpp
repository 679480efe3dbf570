// What the queue asks of its surroundings: who is at a limit, and what an ordering wants to know.
#pragma once

#include <string_view>

#include "model/classes.hpp"
#include "retz/ids.hpp"
#include "retz/time.hpp"

namespace retz::queue {

/// Limits of users and arrays.
class Gate {
 public:
  virtual ~Gate() = default;
  /// Whether one more job of the class may start. Once it said no, the class is not asked for again
  /// before Queue::reopen() of its user.
  virtual bool open(const model::ClassKey& key) = 0;
  /// One more is starting, within a pass; also where there are no limits.
  virtual void started(const model::ClassKey& key) = 0;
};

/// What an ordering gets to know of a job that the queue does not have.
class RankInputs {
 public:
  virtual ~RankInputs() = default;
  /// RankedJob::usage. Asked at most once per user and pass, and after each start of the user's.
  virtual double usage(std::string_view user, Instant now) const = 0;
  /// RankedJob::critical_path. Asked where every job is ranked.
  virtual Duration critical_path(JobId job) const = 0;
};

}  // namespace retz::queue
