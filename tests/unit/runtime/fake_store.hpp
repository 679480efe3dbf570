// A store in plain maps whose commits can be made to fail, to crash, or to lose their answer.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "retz/store.hpp"

namespace retz::testing {

using Trace = std::vector<std::string>;

struct Rows {
  std::map<JobId, JobRecord> jobs;
  std::map<AttemptRef, AttemptRecord> attempts;
  std::map<std::string, Application> applications;
  std::map<std::string, User> users;
  std::map<std::pair<std::string, std::string>, KeepKey> keys;
  std::map<std::string, std::string> states;
  BatchNumber last_batch;
  Instant last_stamp{};

  void operator()(const AddJob& write) { jobs[write.job.id] = write.job; }
  void operator()(const UpdateJob& write) { jobs.at(write.job).status = write.status; }
  void operator()(const PutAttempt& write) { attempts[write.attempt.ref] = write.attempt; }
  void operator()(const PutApplication& write) {
    applications[write.application.name] = write.application;
  }
  void operator()(const DeleteApplication& write) { applications.erase(write.name); }
  void operator()(const PutUser& write) { users[write.user.key_id] = write.user; }
  void operator()(const KeepKey& write) { keys[{write.user, write.key}] = write; }
  void operator()(const SetState& write) {
    if (write.value.empty()) {
      states.erase(write.name);
    } else {
      states[write.name] = write.value;
    }
  }
};

class FakeStore final : public Store {
 public:
  explicit FakeStore(Trace& trace) : trace_(&trace) {}

  Rows rows;
  std::optional<Error> fails;       // each commit, until taken back
  bool loses_answer = false;        // the next commit is stored and still reported as failed
  std::optional<Error> unreadable;  // each read
  std::vector<std::vector<Write>> tried;
  int reads = 0;

  Result<Recovered> load() override {
    Recovered out;
    for (const auto& [id, job] : rows.jobs) {
      out.last_job = id;
      out.last_arrival = std::max(out.last_arrival, job.status.arrival);
      if (!is_terminal(job.status.state)) out.jobs.push_back(job);
    }
    for (const auto& [ref, attempt] : rows.attempts) {
      if (attempt.state != AttemptState::ended) out.attempts.push_back(attempt);
    }
    out.last_batch = rows.last_batch;
    out.last_stamp = rows.last_stamp;
    return out;
  }

  Result<void> commit(BatchNumber number, Instant stamp, std::span<const Write> writes) override {
    tried.emplace_back(writes.begin(), writes.end());
    trace_->push_back((fails ? "failed commit " : "commit ") + std::to_string(number.value));
    if (fails) return tl::unexpected(*fails);
    if (number <= rows.last_batch) return {};
    if (number.value != rows.last_batch.value + 1)
      return fail(Errc::internal, "a batch is missing");
    for (const Write& write : writes) std::visit(rows, write);
    rows.last_batch = number;
    rows.last_stamp = stamp;
    if (std::exchange(loses_answer, false)) return fail(Errc::storage_failed, "connection lost");
    return {};
  }

  Result<JobPage> jobs(const JobQuery& query) const override {
    if (unreadable) return tl::unexpected(*unreadable);
    JobPage page;
    for (auto job = rows.jobs.rbegin(); job != rows.jobs.rend(); ++job) {
      if (!matches(query, job->second)) continue;
      if (page.jobs.size() == query.limit) {
        page.more = true;
        break;
      }
      page.jobs.push_back(job->second);
    }
    return page;
  }
  Result<std::optional<JobRecord>> job(JobId id) const override {
    ++const_cast<FakeStore*>(this)->reads;
    return find(rows.jobs, id);
  }
  Result<std::vector<AttemptRecord>> attempts(JobId job) const override {
    std::vector<AttemptRecord> out;
    for (const auto& [ref, attempt] : rows.attempts) {
      if (ref.job == job) out.push_back(attempt);
    }
    return out;
  }
  Result<std::vector<Application>> applications(const std::optional<std::string>&) const override {
    return values(rows.applications);
  }
  Result<std::optional<Application>> application(const std::string& name) const override {
    return find(rows.applications, name);
  }
  Result<std::vector<User>> users() const override { return values(rows.users); }
  Result<std::optional<KeepKey>> key(const std::string& user,
                                     const std::string& key) const override {
    return find(rows.keys, std::pair(user, key));
  }
  Result<std::vector<SetState>> states(const std::string& prefix) const override {
    if (unreadable) return tl::unexpected(*unreadable);
    std::vector<SetState> out;
    for (const auto& [name, value] : rows.states) {
      if (name.starts_with(prefix)) out.push_back({name, value});
    }
    return out;
  }

 private:
  template <class Map>
  Result<std::optional<typename Map::mapped_type>> find(const Map& map,
                                                        const typename Map::key_type& key) const {
    if (unreadable) return tl::unexpected(*unreadable);
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
  template <class Map>
  Result<std::vector<typename Map::mapped_type>> values(const Map& map) const {
    if (unreadable) return tl::unexpected(*unreadable);
    std::vector<typename Map::mapped_type> out;
    for (const auto& [key, value] : map) out.push_back(value);
    return out;
  }
  static bool matches(const JobQuery& query, const JobRecord& job) {
    const auto& states = query.states;
    const auto& tags = job.spec->tags;
    return (!query.array || (job.spec->array && job.spec->array->array == *query.array)) &&
           (!query.user || *query.user == job.spec->user) &&
           (!query.tag || std::find(tags.begin(), tags.end(), *query.tag) != tags.end()) &&
           (states.empty() ||
            std::find(states.begin(), states.end(), job.status.state) != states.end()) &&
           (!query.below || job.id < *query.below);
  }

  Trace* trace_;
};

}  // namespace retz::testing
