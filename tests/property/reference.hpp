// What the engine must do, written a second time in the plainest way: jobs in one list, nodes in
// another, and a pass looks at every job and every node. Shares no code with the engine but the
// formulas of orderings and fit rules.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "retz/engine.hpp"

namespace retz::property {

struct LiveAttempt {
  AttemptRef ref;
  AttemptState state = AttemptState::starting;
  Placement placement;
  Instant started{};
};

struct ModelJob {
  JobFacts facts;
  JobStatus status;  // `arrival` counts in the model's own numbers: only their order is compared
  std::optional<LiveAttempt> live;
  std::set<Dependency> unmet;  // blocked until there is none
  bool held = false;           // blocked by its user's limit of queued jobs
};

/// What is left of a lease, in its own terms.
struct Room {
  LeaseId lease;
  std::string node;
  Amounts total;
  Capacity left;                   // amounts may be negative when the lease shrank
  std::vector<std::int32_t> gpus;  // thousandths of each device
};

struct ModelNode {
  std::optional<Capacity> capacity;  // as granted, or the most that offers let us see
  LeaseId lease;                     // standing; 0: none
  std::map<LeaseId, Room> offers;
  std::set<LeaseId> used;  // of them, in this pass
  bool draining = false;
  std::vector<MaintenanceWindow> windows;
  std::uint64_t last_use = 0;  // number of the last start there, of all starts
};

/// What one event makes the engine do, besides starting jobs.
struct Demands {
  std::multiset<JobId> refused;
  std::multiset<AttemptRef> stopped;
  std::multiset<LeaseId> returned;
};

/// A promise to the job at the head of the queue.
struct Promised {
  std::string node;
  Instant at{};
  Duration estimate{0};
  Amounts amounts;
};

class Reference {
 public:
  /// Requires: each part of the policy is given.
  explicit Reference(const EngineOptions& options)
      : policy_(options.policy), limits_(options.limits) {}

  /// A step begins, or goes on.
  void set_time(Instant now) {
    woken_ = now_;
    now_ = now;
    if (now_ > woken_) wake();
  }
  void apply(const Event& event);
  Demands take_demands();

  /// Follows the pass that the engine made. Empty when it is the pass that had to be made; else
  /// what differs.
  std::string follow_pass(const std::vector<StartAttempt>& starts);

  /// After a restart offers are made anew, and what a node has is known from them alone.
  void forget_offers();

  /// The same for a step that makes no pass.
  std::string skip_pass(const std::vector<StartAttempt>& starts);

  const retz::Policy& policy() const { return policy_; }
  const std::map<JobId, ModelJob>& jobs() const { return jobs_; }
  const std::map<std::string, ModelNode>& nodes() const { return nodes_; }
  /// When a back-off ends.
  std::optional<Instant> wake_at() const;
  EngineCounts counts() const;
  /// It fits no known node that takes jobs.
  bool steps_aside(const ModelJob& job) const;
  /// In order, those that step aside because they fit no node that takes jobs left out.
  std::vector<const ModelJob*> waiting() const;
  /// What the engine must know after a restart, as far as the model knows it.
  std::vector<NodeUsed> last_uses() const;

 private:
  void on(const JobSubmitted& event);
  void on(const JobCancelled& event);
  void on(const JobRerun& event);
  void on(const AttemptRunning& event);
  void on(const AttemptEnded& event);
  void on(const AttemptUnreachable& event);
  void on(const LeaseGranted& event);
  void on(const LeaseRevoked& event);
  void on(const NodeLost& event);
  void on(const NodeDrained& event);
  void on(const MaintenancePlanned& event);
  void on(const PolicyChanged& event);
  void on(const StateReported&) {}
  void on(const TimePassed&) {}

  ModelJob* find_live(AttemptRef ref);
  void settle(ModelJob& job, const Outcome& outcome);
  void ended(JobId job);
  void give_up(ModelJob& job);
  void lives(JobId job);
  void depend(ModelJob& job);
  void requeue(ModelJob& job, Duration pause);
  void wish(ModelJob& job, Wish wish);
  bool beyond_limits(const Request& request) const;
  /// Jobs that are held while their user has too many queued come in, the first to arrive first.
  bool admit();
  bool has_line(const std::string& user) const;
  const UserLimits& limits_of(const std::string& user) const;
  std::uint64_t queued_of(const std::string& user) const;

  void wake();
  bool overdue(const ModelJob& job) const;
  bool relaxed(const ModelJob& job) const;
  Rank rank(const ModelJob& job, const Ordering& ordering) const;
  Duration critical_path(JobId job) const;
  std::vector<const ModelJob*> in_order(const Ordering& ordering) const;
  /// Neither its user nor its array is at a limit.
  bool open(const ModelJob& job) const;

  enum class Draining : std::uint8_t { left_out, counted };
  bool fits_some_node(const Request& request, Draining draining) const;
  bool fits_when_empty(const Request& request, const std::string& node) const;
  Capacity seen_with(const std::string& name, const Capacity& offered) const;
  Room room_of(const std::string& name) const;
  /// In leases that take jobs.
  std::vector<Room> rooms() const;
  bool maintained(const std::string& node, Duration stay) const;
  bool spreads(const ModelJob& job, const std::string& node) const;
  /// Where the job may start now, whatever the rule prefers.
  std::vector<Room> choices(const ModelJob& job) const;
  bool keeps_promise(const ModelJob& job, const Room& room) const;
  void promise(const ModelJob& head);
  std::optional<Instant> earliest(const ModelJob& head, const std::string& node) const;
  Room room_at(const std::string& node, Instant then) const;

  struct Follow {
    const std::vector<StartAttempt>& starts;
    std::size_t next = 0;
    bool stopped = false;  // at the limit of running attempts
  };
  std::string follow_list(const std::vector<const ModelJob*>& list, Follow& follow);
  std::string follow_start(ModelJob& job, const std::vector<Room>& rooms, Follow& follow);
  std::string follow_exact(Follow& follow);
  std::string follow_free(Follow& follow);
  std::optional<JobId> robs(const ModelJob& job, const std::string& node,
                            const std::vector<const ModelJob*>& list) const;
  using Liking = std::tuple<double, std::int64_t, std::int64_t, std::uint64_t, LeaseId>;
  Liking liking(const Request& request, const Room& room) const;
  std::string wrong_lease(const Request& request, const std::vector<Room>& rooms,
                          const Room& chosen) const;
  std::string wrong_placement(const Request& request, const Placement& placement,
                              const Room& room) const;
  void book_start(ModelJob& job, const StartAttempt& start);
  static void take_from_offer(ModelNode& node, const StartAttempt& start);
  void close_offers();

  retz::Policy policy_;
  Limits limits_;
  Instant now_{};
  Instant woken_{};  // the step before
  std::map<JobId, ModelJob> jobs_;
  std::map<std::string, ModelNode> nodes_;
  std::uint64_t last_arrival_ = 0;
  std::uint64_t starts_ = 0;
  std::set<std::string> closed_;      // in this pass
  std::optional<Promised> promised_;  // in this pass
  Demands demands_;
};

}  // namespace retz::property
