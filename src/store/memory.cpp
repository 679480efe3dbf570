// The store that is gone with the process. Also the model that others are held against.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <utility>

#include "retz/store.hpp"
#include "store/matching.hpp"

namespace retz::store {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

class MemoryStore final : public Store {
 public:
  Result<Recovered> load() override;
  Result<void> commit(BatchNumber number, Instant stamp, std::span<const Write> writes) override;

  Result<JobPage> jobs(const JobQuery& query) const override;
  Result<std::optional<JobRecord>> job(JobId id) const override;
  Result<std::vector<AttemptRecord>> attempts(JobId job) const override;
  Result<std::vector<Application>> applications(
      const std::optional<std::string>& owner) const override;
  Result<std::optional<Application>> application(const std::string& name) const override;
  Result<std::vector<User>> users() const override;
  Result<std::optional<KeepKey>> key(const std::string& user,
                                     const std::string& key) const override;
  Result<std::vector<SetState>> states(const std::string& prefix) const override;

 private:
  using KeyName = std::pair<std::string, std::string>;

  Result<void> check(std::span<const Write> writes) const;
  void apply(const Write& write);

  mutable std::shared_mutex mutex_;
  std::map<JobId, JobRecord> jobs_;
  std::map<AttemptRef, AttemptRecord> attempts_;
  std::set<JobId> live_jobs_;
  std::set<AttemptRef> live_attempts_;
  std::map<std::string, Application> applications_;
  std::map<std::string, User> users_;
  std::map<KeyName, KeepKey> keys_;
  std::map<std::string, std::string> state_;
  JobId last_job_;
  Arrival last_arrival_;
  BatchNumber last_batch_;
  Instant last_stamp_{};
};

template <class Map>
auto find(const Map& map, const typename Map::key_type& key)
    -> std::optional<typename Map::mapped_type> {
  const auto found = map.find(key);
  if (found == map.end()) {
    return std::nullopt;
  }
  return found->second;
}

Result<Recovered> MemoryStore::load() {
  const std::shared_lock lock(mutex_);
  Recovered out;
  for (const JobId id : live_jobs_) {
    out.jobs.push_back(jobs_.at(id));
  }
  for (const AttemptRef& ref : live_attempts_) {
    out.attempts.push_back(attempts_.at(ref));
  }
  out.last_job = last_job_;
  out.last_arrival = last_arrival_;
  out.last_batch = last_batch_;
  out.last_stamp = last_stamp_;
  return out;
}

Result<void> MemoryStore::commit(BatchNumber number, Instant stamp, std::span<const Write> writes) {
  const std::unique_lock lock(mutex_);
  if (number <= last_batch_) {
    return {};
  }
  if (number.value != last_batch_.value + 1) {
    return tl::unexpected(batch_gap(last_batch_, number));
  }
  // All that can go wrong is found before anything is touched.
  if (Result<void> good = check(writes); !good) {
    return good;
  }
  for (const Write& write : writes) {
    apply(write);
  }
  last_batch_ = number;
  last_stamp_ = stamp;
  return {};
}

Result<void> MemoryStore::check(std::span<const Write> writes) const {
  std::set<JobId> added;
  std::set<KeyName> keys;
  const auto known = [&](JobId id) { return added.contains(id) || jobs_.contains(id); };
  for (const Write& write : writes) {
    std::string wrong;
    if (const auto* add = std::get_if<AddJob>(&write)) {
      if (known(add->job.id) || !add->job.spec) {
        wrong = "job " + std::to_string(add->job.id.value) + " is added twice or without a spec";
      }
      added.insert(add->job.id);
    } else if (const auto* update = std::get_if<UpdateJob>(&write)) {
      if (!known(update->job)) {
        wrong = "job " + std::to_string(update->job.value) + " is not known";
      }
    } else if (const auto* put = std::get_if<PutAttempt>(&write)) {
      if (!known(put->attempt.ref.job)) {
        wrong = "job " + std::to_string(put->attempt.ref.job.value) + " is not known";
      }
    } else if (const auto* keep = std::get_if<KeepKey>(&write)) {
      const KeyName name{keep->user, keep->key};
      if (keys_.contains(name) || !keys.insert(name).second) {
        wrong = "key " + keep->key + " of " + keep->user + " is kept already";
      }
    }
    if (!wrong.empty()) {
      return tl::unexpected(contradiction(wrong));
    }
  }
  return {};
}

void MemoryStore::apply(const Write& write) {
  const auto mark = [this](JobId id, const JobStatus& status) {
    if (is_terminal(status.state)) {
      live_jobs_.erase(id);
    } else {
      live_jobs_.insert(id);
    }
    last_arrival_ = std::max(last_arrival_, status.arrival);
  };
  std::visit(Overloaded{
                 [&](const AddJob& w) {
                   jobs_.insert_or_assign(w.job.id, w.job);
                   last_job_ = std::max(last_job_, w.job.id);
                   mark(w.job.id, w.job.status);
                 },
                 [&](const UpdateJob& w) {
                   jobs_.at(w.job).status = w.status;
                   mark(w.job, w.status);
                 },
                 [&](const PutAttempt& w) {
                   attempts_.insert_or_assign(w.attempt.ref, w.attempt);
                   if (w.attempt.state == AttemptState::ended) {
                     live_attempts_.erase(w.attempt.ref);
                   } else {
                     live_attempts_.insert(w.attempt.ref);
                   }
                 },
                 [&](const PutApplication& w) {
                   applications_.insert_or_assign(w.application.name, w.application);
                 },
                 [&](const DeleteApplication& w) { applications_.erase(w.name); },
                 [&](const PutUser& w) { users_.insert_or_assign(w.user.key_id, w.user); },
                 [&](const KeepKey& w) {
                   keys_.emplace(KeyName{w.user, w.key}, w);
                 },
                 [&](const SetState& w) {
                   if (w.value.empty()) {
                     state_.erase(w.name);
                   } else {
                     state_.insert_or_assign(w.name, w.value);
                   }
                 },
             },
             write);
}

Result<JobPage> MemoryStore::jobs(const JobQuery& query) const {
  const std::shared_lock lock(mutex_);
  const std::size_t limit = page_limit(query);
  JobPage page;
  auto end = query.below ? jobs_.lower_bound(*query.below) : jobs_.end();
  while (end != jobs_.begin()) {
    --end;
    if (!matches(query, end->second)) {
      continue;
    }
    if (page.jobs.size() == limit) {
      page.more = true;
      break;
    }
    page.jobs.push_back(end->second);
  }
  return page;
}

Result<std::optional<JobRecord>> MemoryStore::job(JobId id) const {
  const std::shared_lock lock(mutex_);
  return find(jobs_, id);
}

Result<std::vector<AttemptRecord>> MemoryStore::attempts(JobId job) const {
  const std::shared_lock lock(mutex_);
  std::vector<AttemptRecord> out;
  for (auto at = attempts_.lower_bound(AttemptRef{job, 0});
       at != attempts_.end() && at->first.job == job; ++at) {
    out.push_back(at->second);
  }
  return out;
}

Result<std::vector<Application>> MemoryStore::applications(
    const std::optional<std::string>& owner) const {
  const std::shared_lock lock(mutex_);
  std::vector<Application> out;
  for (const auto& [name, application] : applications_) {
    if (!owner || application.owner == *owner) {
      out.push_back(application);
    }
  }
  return out;
}

Result<std::optional<Application>> MemoryStore::application(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  return find(applications_, name);
}

Result<std::vector<User>> MemoryStore::users() const {
  const std::shared_lock lock(mutex_);
  std::vector<User> out;
  for (const auto& [key_id, user] : users_) {
    out.push_back(user);
  }
  return out;
}

Result<std::optional<KeepKey>> MemoryStore::key(const std::string& user,
                                                const std::string& key) const {
  const std::shared_lock lock(mutex_);
  return find(keys_, KeyName{user, key});
}

Result<std::vector<SetState>> MemoryStore::states(const std::string& prefix) const {
  const std::shared_lock lock(mutex_);
  std::vector<SetState> out;
  for (auto at = state_.lower_bound(prefix); at != state_.end() && at->first.starts_with(prefix);
       ++at) {
    out.push_back({at->first, at->second});
  }
  return out;
}

}  // namespace
}  // namespace retz::store

namespace retz {

std::unique_ptr<Store> memory_store() {
  return std::make_unique<store::MemoryStore>();
}

}  // namespace retz
