// Who starts now, and on which of the leases that fit.
#pragma once

#include <memory>
#include <string_view>

#include "retz/job.hpp"
#include "retz/pool.hpp"
#include "retz/result.hpp"

namespace retz {

class WaitingView;  // the waiting jobs in their order, grouped so that a pass costs shapes and
                    // starts, not jobs
class PoolDraft;    // what is free, to place into and take back from

struct Start {
  JobId job = {};
  LeaseId lease = {};
};

/// Pure over its arguments. Threads: const, may be shared.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual void plan(WaitingView& waiting, PoolDraft& pool, Instant now) const = 0;
};

namespace planners {
std::shared_ptr<const Planner> strict();     // nobody passes a blocked head
std::shared_ptr<const Planner> first_fit();  // in order, whatever fits
}  // namespace planners

/// By its name ("strict", "first_fit"). Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const Planner>> make_planner(std::string_view name);

}  // namespace retz
