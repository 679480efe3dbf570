// Who starts now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "retz/job.hpp"
#include "retz/pool.hpp"
#include "retz/result.hpp"

namespace retz {

namespace queue {
class Queue;
}

/// The first waiting job of a class: all that a planner knows of it.
struct Candidate {
  JobId job;
  Arrival arrival;
  const Request* request = nullptr;  // valid until the candidate starts
  Duration estimate{0};
};

/// A job that starts, on what was booked for it.
struct Start {
  JobId job;
  std::uint32_t booking = 0;  // from PoolDraft::place
};

/// The waiting jobs that fit some node, in their order. Jobs of a class are shown one at a time,
/// and a request that does not fit is passed over for all jobs that ask the same: a pass costs
/// classes and starts, not jobs.
class WaitingView {
 public:
  /// At most `starts_max` jobs start.
  WaitingView(queue::Queue& queue, std::uint64_t starts_max);

  /// The next in order; null at the end, or when no more may start.
  const Candidate* candidate();
  /// The candidate leaves the queue; the next of its class becomes visible in its place in the
  /// order. Requires: candidate() is not null.
  void start(std::uint32_t booking);
  /// No job with the candidate's request is shown again. Requires: candidate() is not null.
  void pass_over();

  const std::vector<Start>& starts() const { return starts_; }

 private:
  queue::Queue* queue_;
  std::uint64_t starts_max_;
  Candidate candidate_;
  std::vector<Start> starts_;
};

/// Pure over its arguments. Threads: const, may be shared.
/// Requires: each placement in the draft is started, or taken back.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual void plan(WaitingView& waiting, PoolDraft& pool, Instant now) const = 0;
  /// False: a job waits for all that come before it. For explain.
  virtual bool overtakes() const noexcept { return true; }
};

namespace planners {
std::shared_ptr<const Planner> strict();     // nobody passes a blocked head
std::shared_ptr<const Planner> first_fit();  // in order, whatever fits
}  // namespace planners

/// By its name ("strict", "first_fit"). Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const Planner>> make_planner(std::string_view name);

}  // namespace retz
