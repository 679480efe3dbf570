// What ranks a job beside its own facts, and whether it may start at all.
#include "engine/core.hpp"

namespace retz::engine {

namespace {

// "All GPUs" counts as what is asked at least: what it will be is known with the placement only.
queue::Held held(const Request& request) {
  std::int64_t devices = request.gpus.devices;
  if (request.gpus.all && devices == 0) devices = 1;
  return {request.amounts, devices * 1000 + request.gpus.share};
}

}  // namespace

queue::Orders Core::orders() const {
  const Policy& p = options_.policy;
  return {p.ordering.get(), p.backfill_order.get(), p.starvation_bound};
}

bool Core::open(const model::ClassKey& key) {
  return quotas_.open(key);
}

void Core::started(const model::ClassKey& key) {
  quotas_.started(key);
  if (follows_usage_) shares_.started(key.user, held(key.request), now_);
}

// It was started before the restart.
void Core::resumed(const model::ClassKey& key) {
  quotas_.started(key);
  if (follows_usage_) shares_.resumed(key.user, held(key.request), now_);
}

void Core::ended(const model::ClassKey& key) {
  quotas_.ended(key);
  if (follows_usage_) shares_.ended(key.user, held(key.request), now_);
  if (quotas_.counts_users() || key.array.value != 0) queue_.reopen(key.user);
}

double Core::usage(std::string_view user, Instant now) const {
  return shares_.usage(user, now);
}

Duration Core::critical_path(JobId id) const {
  const Duration estimate = classes_[jobs_[find(id)].class_id].estimate;
  return dependencies_.empty() ? estimate : dependencies_.critical_path(id, estimate);
}

bool Core::ranks_by_usage() const {
  const auto asks = [](const std::shared_ptr<const Ordering>& o) {
    return o && o->rank_changes() == RankChanges::with_usage;
  };
  return asks(options_.policy.ordering) || asks(options_.policy.backfill_order);
}

// Usage is followed where an ordering asks for it; else what was used just fades.
void Core::follow_usage(bool follow) {
  if (follow == follows_usage_) return;
  follows_usage_ = follow;
  counted_total_ = 0;
  count_total();
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    const Job& j = jobs_[slot];
    if (j.id.value == 0 || j.state != JobState::active) continue;
    const model::ClassKey& key = classes_[j.class_id];
    follow ? shares_.started(key.user, held(key.request), now_)
           : shares_.ended(key.user, held(key.request), now_);
  }
}

void Core::count_total() {
  if (!follows_usage_ || counted_total_ == pool_.capacity_version()) return;
  counted_total_ = pool_.capacity_version();
  const auto [amounts, gpus] = pool_.total();
  shares_.set_total({amounts, gpus * 1000}, now_);
}

void Core::tell_usage() {
  if (!follows_usage_) return;
  for (UsageChanged& changed : shares_.take_changed()) {
    step_.changes.emplace_back(std::move(changed));
  }
}

}  // namespace retz::engine
