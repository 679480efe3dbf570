// Everything that is kept twice, compared; for tests.
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
  RETZ_ASSERT(j.wish == Wish::none || j.state == JobState::active);
  switch (j.state) {
    case JobState::blocked:
      RETZ_ASSERT(timers_.contains(j.id, j.eligible_at));
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

void Core::check_invariants() const {
  EngineCounts seen;
  std::uint64_t referred = 0;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    if (jobs_[slot].id.value != 0) check_job(slot, seen);
  }
  for (model::ClassId id = 0; id < classes_.class_bound(); ++id) {
    referred += classes_.references(id);
  }
  RETZ_ASSERT(seen.blocked == counts_.blocked && timers_.size() == seen.blocked);
  RETZ_ASSERT(seen.queued == counts_.queued && queue_.size() == seen.queued);
  RETZ_ASSERT(seen.active == counts_.active && live_.size() == seen.active);
  RETZ_ASSERT(pool_.booking_count() == seen.active);
  RETZ_ASSERT(jobs_.size() == seen.blocked + seen.queued + seen.active);
  RETZ_ASSERT(by_id_.size() == jobs_.size() && referred == jobs_.size());
  queue_.check_invariants();
  pool_.check_invariants();
}

}  // namespace retz::engine
