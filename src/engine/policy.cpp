// Deciding in another way from now on, while jobs wait and run.
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/core.hpp"
#include "engine/policies.hpp"

namespace retz::engine {

void Core::on(const PolicyChanged& event) {
  if (const auto good = validate(event.policy); !good) return refuse({}, good.error());
  const Policy before = std::exchange(options_.policy, completed(event.policy));
  if (options_.policy.fit_rule != before.fit_rule) fit_anew();
  if (options_.policy.planner != before.planner) pool_.kept().clear();
  promises_.clear();
  order_anew();
  shares_.change(options_.policy.fair_share, now_);
  follow_usage(ranks_by_usage());
  quotas_.limit(options_.policy);
  count_quotas();
  demote_beyond_limits();
  queue_.reopen_all();
  queue_.unblock_all();
}

void Core::fit_anew() {
  pool_.set_rule(*options_.policy.fit_rule);
  asks_typical_ = options_.policy.fit_rule->asks_typical();
  if (!asks_typical_) return;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    const Job& j = jobs_[slot];
    if (j.id.value == 0) continue;
    const Request& request = classes_[j.class_id].request;
    if (j.live != none) pool_.count(live_[j.live].booking, request);
    if (j.ticket != none) pool_.waits(request, true);
  }
}

void Core::order_anew() {
  const bool single = orders().single();
  if (single != singles_) {
    singles_ = single;
    dependencies_.keep_paths(single);
    dependencies_.refresh_paths();
    return class_anew();
  }
  queue_.change(orders(), now_);
}

// Whether each job is a class of its own is another thing now.
void Core::class_anew() {
  std::vector<std::pair<Arrival, std::uint32_t>> queued;
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    Job& j = jobs_[slot];
    if (j.id.value == 0) continue;
    if (j.ticket != none) {
      queue_.remove(j.ticket, now_);
      dequeued(j);
      queued.emplace_back(j.arrival, slot);
    }
    const model::ClassId before = j.class_id;
    j.class_id = classes_.acquire(facts(j), singles_);
    classes_.release(before);
  }
  queue_.change(orders(), now_);
  std::sort(queued.begin(), queued.end());
  for (const auto& [arrival, slot] : queued) enqueue(jobs_[slot]);
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
    const bool runs_again = !dependencies_.empty() && dependencies_.pending(j.id) > 0;
    j.awaits = runs_again ? awaits_jobs : awaits_place;
    enter(j, JobState::blocked);
    hold(j);
    changed(j);
  }
}

}  // namespace retz::engine
