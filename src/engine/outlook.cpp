// What another thread needs to run an engine forward from here: the jobs that count, and the nodes.
#include <algorithm>
#include <string>

#include "engine/core.hpp"

namespace retz::engine {

namespace {

struct ById {
  bool operator()(const KnownJob& a, JobId b) const { return a.facts.id < b; }
  bool operator()(JobId a, const KnownJob& b) const { return a < b.facts.id; }
};

}  // namespace

Result<Outlook> Core::outlook(JobId id, std::size_t jobs_max) const {
  const std::uint32_t slot = find(id);
  if (slot == none || jobs_[slot].state == JobState::active) {
    return fail(Errc::not_found, "there is no such waiting job");
  }
  const Job& asked = jobs_[slot];
  const bool queued = asked.state == JobState::queued;
  const std::size_t left = jobs_max - std::min<std::size_t>(counts_.active, jobs_max);
  const bool all = counts_.blocked + counts_.queued <= left;
  if (!all && (!queued || queue_.position(asked.ticket) > left)) {
    return fail(Errc::too_large,
                "more than " + std::to_string(jobs_max) + " jobs run or come before it");
  }
  Outlook out;
  out.options = options_;
  out.job = id;
  std::vector<std::uint32_t> slots;
  for (std::uint32_t s = 0; s < live_.bound(); ++s) {
    const std::uint32_t running = find(live_[s].ref.job);
    if (running != none) slots.push_back(running);
  }
  if (all) {
    for (std::uint32_t s = 0; s < jobs_.bound(); ++s) {
      if (jobs_[s].id.value != 0 && jobs_[s].state != JobState::active) slots.push_back(s);
    }
  } else {
    for (const JobId before : queue_.jobs_before(asked.ticket)) slots.push_back(find(before));
    slots.push_back(slot);
  }
  out.snapshot = snapshot_of(std::move(slots));
  std::erase_if(out.snapshot.reservations, [&out](const Reservation& r) {
    return !std::binary_search(out.snapshot.jobs.begin(), out.snapshot.jobs.end(), r.job, ById{});
  });
  out.leases = pool_.as_standing();
  return out;
}

}  // namespace retz::engine
