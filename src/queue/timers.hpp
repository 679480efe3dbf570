// Jobs that wait for a time: their back-off ends then.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "retz/ids.hpp"
#include "retz/time.hpp"

namespace retz::queue {

class Timers {
 public:
  void add(JobId job, Instant due) { due_.emplace(due, job); }
  void remove(JobId job, Instant due) { due_.erase({due, job}); }
  /// Takes out the earliest that is due; of equal ones the smaller id.
  std::optional<JobId> pop(Instant now) {
    if (due_.empty() || due_.begin()->first > now) return std::nullopt;
    const JobId job = due_.begin()->second;
    due_.erase(due_.begin());
    return job;
  }
  std::optional<Instant> next() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }
  bool contains(JobId job, Instant due) const { return due_.contains({due, job}); }
  std::size_t size() const { return due_.size(); }

 private:
  std::set<std::pair<Instant, JobId>> due_;
};

}  // namespace retz::queue
