// What each user and each array has running and queued, where there is a limit to it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "model/classes.hpp"
#include "retz/policy.hpp"

namespace retz::engine {

/// Users are counted only where some user has a limit; arrays that limit nothing are not in here.
class Quotas {
 public:
  explicit Quotas(const Policy& policy) { limit(policy); }

  /// From now on. All counts of users begin anew; their lines stay. Requires: `policy` stays.
  void limit(const Policy& policy);
  /// Some user has a limit.
  bool counts_users() const { return counts_users_; }
  const UserLimits& limits(const std::string& user) const;

  // --- running
  bool open(const model::ClassKey& key) const;
  void started(const model::ClassKey& key);
  void ended(const model::ClassKey& key);
  /// As started(), for a job whose array has counted it.
  void started_before(const model::ClassKey& key);
  struct Running {
    std::uint32_t jobs = 0;
    std::int64_t cpus = 0;  // thousandths
  };
  Running running(const std::string& user) const;

  // --- arrays: of each of its jobs, as long as it lives
  void add_member(const ArrayPlace& place);
  void remove_member(const ArrayPlace& place);
  struct Array {
    std::uint32_t running = 0, running_max = 0;
    std::uint64_t members = 0;
  };
  Array array(JobId array) const;

  // --- queued: who is beyond the limit stands in line, by arrival
  using Place = std::pair<Arrival, JobId>;
  bool has_room(const std::string& user) const;
  bool has_line(const std::string& user) const;
  void queued(const std::string& user);
  void unqueued(const std::string& user);
  std::uint64_t queued_count(const std::string& user) const;
  void line_up(const std::string& user, Place place);
  void leave_line(const std::string& user, Place place);
  /// The first in a line that may be queued now. Requires: the one before has left its line.
  std::optional<JobId> next_in_line();
  std::uint64_t in_line() const { return in_line_; }
  /// Whether he may be queued only when others are not; the places before it.
  std::uint64_t before_in_line(const std::string& user, Place place) const;

  /// All counts but the lines are the same.
  bool counts_like(const Quotas& other) const;

 private:
  struct User {
    Running running;
    std::uint64_t queued = 0;
    std::set<Place> line;
  };
  User* find(const std::string& user);
  const User* find(const std::string& user) const;
  void forget_if_idle(const std::string& user);

  const Policy* policy_ = nullptr;
  bool counts_users_ = false;
  std::uint64_t in_line_ = 0;
  std::unordered_map<std::string, User> users_;  // looked up, never walked to decide
  std::unordered_map<JobId, Array> arrays_;      // looked up, never walked to decide
  std::set<std::string> called_;                 // users whose line may move on
};

}  // namespace retz::engine
