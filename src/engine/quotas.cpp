#include "engine/quotas.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"

namespace retz::engine {

namespace {

bool limits_something(const UserLimits& limits) {
  return limits.running || limits.running_cpus || limits.queued;
}

}  // namespace

void Quotas::limit(const Policy& policy) {
  policy_ = &policy;
  counts_users_ = limits_something(policy.user_limits) ||
                  std::any_of(policy.limits_of.begin(), policy.limits_of.end(),
                              [](const auto& of) { return limits_something(of.second); });
  for (auto user = users_.begin(); user != users_.end();) {
    user->second.running = {};
    user->second.queued = 0;
    if (user->second.line.empty()) {
      user = users_.erase(user);
    } else {
      called_.insert(user->first);
      ++user;
    }
  }
}

const UserLimits& Quotas::limits(const std::string& user) const {
  const auto own = policy_->limits_of.find(user);
  return own == policy_->limits_of.end() ? policy_->user_limits : own->second;
}

Quotas::User* Quotas::find(const std::string& user) {
  const auto at = users_.find(user);
  return at == users_.end() ? nullptr : &at->second;
}

const Quotas::User* Quotas::find(const std::string& user) const {
  const auto at = users_.find(user);
  return at == users_.end() ? nullptr : &at->second;
}

void Quotas::forget_if_idle(const std::string& user) {
  const auto at = users_.find(user);
  if (at == users_.end()) return;
  const User& u = at->second;
  if (u.running.jobs == 0 && u.queued == 0 && u.line.empty()) users_.erase(at);
}

bool Quotas::open(const model::ClassKey& key) const {
  if (key.array.value != 0) {
    const auto array = arrays_.find(key.array);
    if (array != arrays_.end() && array->second.running >= array->second.running_max) return false;
  }
  if (!counts_users_) return true;
  const UserLimits& most = limits(key.user);
  if (!most.running && !most.running_cpus) return true;
  const Running now = running(key.user);
  if (most.running && now.jobs >= *most.running) return false;
  return !most.running_cpus || now.cpus + key.request.amounts.cpus <= *most.running_cpus;
}

void Quotas::started(const model::ClassKey& key) {
  if (key.array.value != 0) ++arrays_.at(key.array).running;
  started_before(key);
}

void Quotas::started_before(const model::ClassKey& key) {
  if (!counts_users_) return;
  User& user = users_[key.user];
  ++user.running.jobs;
  user.running.cpus += key.request.amounts.cpus;
}

void Quotas::ended(const model::ClassKey& key) {
  if (key.array.value != 0) --arrays_.at(key.array).running;
  if (!counts_users_) return;
  User& user = users_.at(key.user);
  RETZ_ASSERT(user.running.jobs > 0);
  --user.running.jobs;
  user.running.cpus -= key.request.amounts.cpus;
  forget_if_idle(key.user);
}

Quotas::Running Quotas::running(const std::string& user) const {
  const User* const found = find(user);
  return found == nullptr ? Running{} : found->running;
}

void Quotas::add_member(const ArrayPlace& place) {
  if (place.running_max == 0) return;
  Array& array = arrays_[place.array];
  if (array.members++ == 0) array.running_max = place.running_max;
}

void Quotas::remove_member(const ArrayPlace& place) {
  if (place.running_max == 0) return;
  const auto array = arrays_.find(place.array);
  RETZ_ASSERT(array != arrays_.end() && array->second.members > 0);
  if (--array->second.members == 0) arrays_.erase(array);
}

Quotas::Array Quotas::array(JobId array) const {
  const auto found = arrays_.find(array);
  return found == arrays_.end() ? Array{} : found->second;
}

bool Quotas::has_room(const std::string& user) const {
  if (!counts_users_) return true;
  const auto most = limits(user).queued;
  return !most || queued_count(user) < *most;
}

bool Quotas::has_line(const std::string& user) const {
  if (in_line_ == 0) return false;
  const User* const found = find(user);
  return found != nullptr && !found->line.empty();
}

void Quotas::queued(const std::string& user) {
  if (counts_users_) ++users_[user].queued;
}

void Quotas::unqueued(const std::string& user) {
  if (!counts_users_) return;
  User& found = users_.at(user);
  RETZ_ASSERT(found.queued > 0);
  --found.queued;
  if (!found.line.empty()) called_.insert(user);
  forget_if_idle(user);
}

std::uint64_t Quotas::queued_count(const std::string& user) const {
  const User* const found = find(user);
  return found == nullptr ? 0 : found->queued;
}

void Quotas::line_up(const std::string& user, Place place) {
  users_[user].line.insert(place);
  called_.insert(user);
  ++in_line_;
}

void Quotas::leave_line(const std::string& user, Place place) {
  const std::size_t left = users_.at(user).line.erase(place);
  RETZ_ASSERT(left == 1);
  --in_line_;
  forget_if_idle(user);
}

std::optional<JobId> Quotas::next_in_line() {
  while (!called_.empty()) {
    const std::string& user = *called_.begin();
    const User* const found = find(user);
    if (found != nullptr && !found->line.empty() && has_room(user)) {
      return found->line.begin()->second;
    }
    called_.erase(called_.begin());
  }
  return std::nullopt;
}

std::uint64_t Quotas::before_in_line(const std::string& user, Place place) const {
  const User* const found = find(user);
  if (found == nullptr) return 0;
  return static_cast<std::uint64_t>(
      std::distance(found->line.begin(), found->line.lower_bound(place)));
}

bool Quotas::counts_like(const Quotas& other) const {
  const auto user_like = [&other](const auto& of) {
    const Running there = other.running(of.first);
    return of.second.running.jobs == there.jobs && of.second.running.cpus == there.cpus &&
           of.second.queued == other.queued_count(of.first);
  };
  const auto array_like = [&other](const auto& of) {
    const Array there = other.array(of.first);
    return of.second.running == there.running && of.second.running_max == there.running_max &&
           of.second.members == there.members;
  };
  return arrays_.size() == other.arrays_.size() &&
         std::all_of(users_.begin(), users_.end(), user_like) &&
         std::all_of(arrays_.begin(), arrays_.end(), array_like);
}

}  // namespace retz::engine
