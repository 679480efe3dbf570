// Everything that is kept twice, compared; for tests.
#include <algorithm>

#include "base/assert.hpp"
#include "engine/core.hpp"

namespace retz::engine {

void Core::check_job(std::uint32_t slot, EngineCounts& seen) const {
  const Job& j = jobs_[slot];
  RETZ_ASSERT(find(j.id) == slot);
  RETZ_ASSERT(j.arrival.value > 0 && j.arrival <= last_arrival_);
  RETZ_ASSERT(classes_.references(j.class_id) > 0);
  RETZ_ASSERT((j.state == JobState::queued) == (j.ticket != none));
  RETZ_ASSERT((j.state == JobState::active) == (j.live != none));
  RETZ_ASSERT(j.awaits == 0 || j.state == JobState::blocked);
  RETZ_ASSERT(j.wish == Wish::none || j.state == JobState::active);
  switch (j.state) {
    case JobState::blocked:
      check_blocked(j);
      ++seen.blocked;
      break;
    case JobState::queued:
      RETZ_ASSERT(queue_[j.ticket].job == j.id && queue_[j.ticket].arrival == j.arrival);
      RETZ_ASSERT(queue_[j.ticket].class_id == j.class_id);
      ++seen.queued;
      break;
    case JobState::active: {
      const Live& live = live_[j.live];
      RETZ_ASSERT((live.ref == AttemptRef{j.id, j.attempts}));
      RETZ_ASSERT(live.state != AttemptState::ended);
      RETZ_ASSERT(pool_.attempt(live.booking) == live.ref);
      ++seen.active;
      break;
    }
    default:
      RETZ_ASSERT(!"a job that ended is still carried");
  }
}

void Core::check_blocked(const Job& j) const {
  const bool timed = (j.awaits & awaits_time) != 0, lined = (j.awaits & awaits_place) != 0;
  RETZ_ASSERT(j.awaits != 0 && (!lined || j.awaits == awaits_place));
  RETZ_ASSERT(timed == timers_.contains(j.id, j.eligible_at));
  RETZ_ASSERT(((j.awaits & awaits_jobs) != 0) == (dependencies_.pending(j.id) > 0));
}

// Dependencies, limits of users and places in arrays.
void Core::check_relations() const {
  std::uint64_t depending = 0, timed = 0, lined = 0;
  Quotas counted(options_.policy);
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    const Job& j = jobs_[slot];
    if (j.id.value == 0) continue;
    timed += (j.awaits & awaits_time) != 0 ? 1U : 0U;
    lined += (j.awaits & awaits_place) != 0 ? 1U : 0U;
    if (const auto& array = classes_.profile(j.profile).array) counted.add_member(*array);
    if (j.state == JobState::queued) counted.queued(user(j));
    if (j.state == JobState::active) counted.started(classes_[j.class_id]);
    const auto on = dependencies_.of(j.id);
    depending += on.empty() ? 0U : 1U;
    RETZ_ASSERT(dependencies_.pending(j.id) ==
                std::count_if(on.begin(), on.end(),
                              [this](const Dependency& d) { return find(d.job) != none; }));
  }
  RETZ_ASSERT(maintenance_ends_.size() == maintenance_.size());
  for (const auto& [node, windows] : maintenance_) {
    RETZ_ASSERT(maintenance_ends_.contains({windows.front().until, node}));
  }
  RETZ_ASSERT(dependencies_.size() == depending && timers_.size() == timed);
  RETZ_ASSERT(quotas_.in_line() == lined && quotas_.counts_like(counted));
  dependencies_.check_invariants();
}

void Core::check_invariants() const {
  EngineCounts seen;
  std::uint64_t referred = 0;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    if (jobs_[slot].id.value != 0) check_job(slot, seen);
  }
  for (model::ClassId id = 0; id < classes_.class_bound(); ++id) {
    referred += classes_.references(id);
  }
  RETZ_ASSERT(seen.blocked == counts_.blocked);
  RETZ_ASSERT(seen.queued == counts_.queued && queue_.size() == seen.queued);
  RETZ_ASSERT(seen.active == counts_.active && live_.size() == seen.active);
  RETZ_ASSERT(pool_.booking_count() == seen.active);
  RETZ_ASSERT(jobs_.size() == seen.blocked + seen.queued + seen.active);
  RETZ_ASSERT(by_id_.size() == jobs_.size() && referred == jobs_.size());
  check_relations();
  queue_.check_invariants();
  pool_.check_invariants();
}

}  // namespace retz::engine
