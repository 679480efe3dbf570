// Who starts now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
  Terms terms = {};
  bool overdue = false;     // it waited past the starvation bound
  std::uint32_t shape = 0;  // equal for equal requests
  bool blocked = false;     // known to fit nowhere now: no need to try
};

/// A job that starts, on what was booked for it.
struct Start {
  JobId job;
  std::uint32_t booking = 0;  // from PoolDraft::place
};

/// The waiting jobs in their order. Jobs of a class are shown one at a time, and a request that
/// does not fit is passed over for all jobs that ask the same: a pass costs requests and starts,
/// not jobs. Left out are jobs that fit no node, and those whose user or array is at a limit.
class WaitingView {
 public:
  /// all: also the first job of a request known to fit nowhere now is shown, which a planner needs
  /// that lets nobody, or not everybody, pass it. Overdue jobs are shown in any case.
  enum class Show : std::uint8_t { that_may_fit, all };
  enum class Until : std::uint8_t { room, next_pass };

  /// At most `starts_max` jobs start.
  WaitingView(queue::Queue& queue, std::uint64_t starts_max);
  ~WaitingView();  // the pass is over
  WaitingView(const WaitingView&) = delete;
  WaitingView& operator=(const WaitingView&) = delete;

  /// The next in order; null at the end, or when no more may start.
  const Candidate* candidate(Show show = Show::that_may_fit);
  /// The candidate leaves the queue; the next of its class becomes visible in its place in the
  /// order. Requires: candidate() is not null.
  void start(std::uint32_t booking);
  /// The request fits nowhere now: no job that asks the same is shown again in this pass, nor,
  /// while no node has more free than now, in later ones. Where that was for what this pass itself
  /// reserved or closed, and room is not what is short: until the next pass. Jobs that are relaxed
  /// and those that are not yet are passed over apart. Requires: candidate() is not null.
  void pass_over(Until until = Until::room);
  /// It would fit for a shorter time: jobs that ask the same are shown where their estimate is at
  /// most this. Requires: candidate() is not null; less than its estimate.
  void pass_over_longer(Duration estimate);
  /// This job is not shown again in this pass; the next of its request is.
  void skip();
  /// Not now: no job that asks the same is shown again before again(). Requires: candidate() is not
  /// null.
  void pass_by();
  /// From the begin of the order again, with what was passed by; or with that of one shape.
  void again();
  void again(std::uint32_t shape);
  /// What was passed by is passed over, all of it.
  void pass_over_rest(Until until = Until::room);
  /// How many jobs wait that ask the same as the candidate, also those whose user or array is at a
  /// limit. Requires: candidate() is not null.
  std::uint64_t alike() const;
  /// From now on in the order for backfilling, from its begin; what was passed over stays so.
  void backfill();

  const std::vector<Start>& starts() const { return starts_; }
  /// Plan again then, even if nothing happens; the earliest of all that were asked for counts.
  void wake_at(Instant then);
  /// That, or the end of the patience of a job that waits for nodes that it prefers.
  std::optional<Instant> wake() const;

 private:
  queue::Queue* queue_;
  std::uint64_t starts_max_;
  std::uint32_t part_ = 0;  // in the queue, of the candidate
  Candidate candidate_;
  std::vector<Start> starts_;
  std::optional<Instant> wake_;
};

/// Pure over its arguments; const, may be shared. Requires: each placement in the draft is started,
/// or taken back. Reservations foresee amounts and time, not Spread: it may delay who holds one.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual void plan(WaitingView& waiting, PoolDraft& pool, Instant now) const = 0;
  /// False: a job waits for all that come before it. For explain.
  virtual bool overtakes() const noexcept { return true; }
  /// True: the engine keeps a reservation for every waiting job, and lets it only move earlier.
  virtual bool keeps_reservations() const noexcept { return false; }
};

namespace planners {
std::shared_ptr<const Planner> strict();        // nobody passes a blocked head
std::shared_ptr<const Planner> first_fit();     // in order, whatever fits
std::shared_ptr<const Planner> easy();          // the blocked head holds a reservation
std::shared_ptr<const Planner> conservative();  // every job holds one, that only moves earlier
std::shared_ptr<const Planner> conservative_replan();  // every job gets one anew at each pass
std::shared_ptr<const Planner> packing();  // what fills the machines best, within the bound
}  // namespace planners

/// By its name, which is the function's. Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const Planner>> make_planner(std::string_view name);

}  // namespace retz
