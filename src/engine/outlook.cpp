// What another thread needs to run an engine forward from here: the jobs that count, and the nodes.
#include <algorithm>
#include <string>

#include "engine/core.hpp"

namespace retz::engine {

Result<Outlook> Core::outlook(JobId id, std::size_t jobs_max) const {
  const std::uint32_t slot = find(id);
  if (slot == none || jobs_[slot].state == JobState::active) {
    return fail(Errc::not_found, "there is no such waiting job");
  }
  const Job& asked = jobs_[slot];
  const bool all = counts_.blocked + counts_.queued <= jobs_max;
  const bool queued = asked.state == JobState::queued;
  if (!all && (!queued || queue_.position(asked.ticket) > jobs_max)) {
    return fail(Errc::too_large, "more than " + std::to_string(jobs_max) + " jobs come before it");
  }
  Outlook out;
  out.options = options_;
  out.job = id;
  for (std::uint32_t s = 0; s < live_.bound(); ++s) {
    if (const std::uint32_t running = find(live_[s].ref.job); running != none) {
      add_to(out.snapshot, jobs_[running]);
    }
  }
  if (all) {
    for (std::uint32_t s = 0; s < jobs_.bound(); ++s) {
      const Job& j = jobs_[s];
      if (j.id.value != 0 && j.state != JobState::active) add_to(out.snapshot, j);
    }
  } else {
    for (const JobId before : queue_.jobs_before(asked.ticket)) {
      add_to(out.snapshot, jobs_[find(before)]);
    }
    add_to(out.snapshot, asked);
  }
  add_common_to(out.snapshot);
  out.leases = pool_.as_standing();
  return out;
}

}  // namespace retz::engine
