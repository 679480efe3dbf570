// Deciding in another way from now on, while jobs wait and run.
#include <algorithm>

#include "engine/core.hpp"
#include "engine/policies.hpp"

namespace retz::engine {

void Core::on(const PolicyChanged& event) {
  if (const auto good = validate(event.policy); !good) return refuse({}, good.error());
  options_.policy = completed(event.policy);
  quotas_.limit(options_.policy);
  count_quotas();
  demote_beyond_limits();
}

// Who runs and who is queued, counted anew.
void Core::count_quotas() {
  if (!quotas_.counts_users()) return;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    const Job& j = jobs_[slot];
    if (j.id.value == 0) continue;
    if (j.state == JobState::queued) quotas_.queued(user(j));
    if (j.state == JobState::active) quotas_.started_before(classes_[j.class_id]);
  }
}

// Of users who have more queued than they may, the latest stand in line.
void Core::demote_beyond_limits() {
  if (!quotas_.counts_users()) return;
  std::vector<std::pair<Quotas::Place, std::uint32_t>> beyond;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    const Job& j = jobs_[slot];
    if (j.id.value == 0 || j.state != JobState::queued) continue;
    const auto most = quotas_.limits(user(j)).queued;
    if (most && quotas_.queued_count(user(j)) > *most) beyond.push_back({{j.arrival, j.id}, slot});
  }
  std::sort(beyond.begin(), beyond.end());
  for (auto last = beyond.rbegin(); last != beyond.rend(); ++last) {
    Job& j = jobs_[last->second];
    if (quotas_.queued_count(user(j)) <= *quotas_.limits(user(j)).queued) continue;
    leave_waiting(j);
    j.awaits = awaits_place;
    enter(j, JobState::blocked);
    hold(j);
    changed(j);
  }
}

}  // namespace retz::engine
