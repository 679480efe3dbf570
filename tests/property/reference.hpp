// What the engine must do, written a second time in the plainest way: jobs in one list, nodes in
// another, and a pass looks at every job and every node. Shares no code with the engine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "retz/engine.hpp"

namespace retz::property {

struct LiveAttempt {
  AttemptRef ref;
  AttemptState state = AttemptState::starting;
  Placement placement;
};

struct ModelJob {
  JobFacts facts;
  JobStatus status;  // `arrival` counts in the model's own numbers: only their order is compared
  std::optional<LiveAttempt> live;
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
};

struct Policy {
  bool by_priority = false;
  bool strict = false;
  std::shared_ptr<const FitRule> fit;  // absent: the first lease granted
};

/// What one event makes the engine do, besides starting jobs.
struct Demands {
  std::multiset<JobId> refused;
  std::multiset<AttemptRef> stopped;
  std::multiset<LeaseId> returned;
};

class Reference {
 public:
  Reference(Policy policy, Limits limits) : policy_(policy), limits_(limits) {}

  void set_time(Instant now) { now_ = now; }
  void apply(const Event& event);
  Demands take_demands();

  /// Follows the pass that the engine made. Empty when it is the pass that had to be made; else
  /// what differs.
  std::string follow_pass(const std::vector<StartAttempt>& starts);

  /// After a restart offers are made anew, and what a node has is known from them alone.
  void forget_offers();

  /// The same for a step that makes no pass.
  std::string skip_pass(const std::vector<StartAttempt>& starts);

  const std::map<JobId, ModelJob>& jobs() const { return jobs_; }
  const std::map<std::string, ModelNode>& nodes() const { return nodes_; }
  std::optional<Instant> wake_at() const;
  EngineCounts counts() const;
  /// It fits no known node that takes jobs.
  bool steps_aside(const ModelJob& job) const;
  /// From 1, among the jobs that do not step aside. Requires: it is one of them.
  std::uint64_t position(JobId job) const;

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
  void on(const MaintenancePlanned&) {}
  void on(const PolicyChanged&) {}
  void on(const TimePassed& event);

  ModelJob* find_live(AttemptRef ref);
  void settle(ModelJob& job, const Outcome& outcome);
  void requeue(ModelJob& job, Duration pause);
  void wish(ModelJob& job, Wish wish);
  bool beyond_limits(const Request& request) const;

  void wake();
  bool before(const ModelJob& a, const ModelJob& b) const;
  /// In order, those that step aside because they fit no node that takes jobs left out.
  std::vector<const ModelJob*> waiting() const;
  enum class Draining : std::uint8_t { left_out, counted };
  bool fits_some_node(const Request& request, Draining draining) const;
  Capacity seen_with(const std::string& name, const Capacity& offered) const;
  Room room_of(const std::string& name) const;
  /// In leases that take jobs.
  std::vector<Room> rooms() const;
  std::uint64_t last_use(const std::string& node) const;
  std::string wrong_lease(const Request& request, const std::vector<Room>& rooms,
                          const Room& chosen) const;
  std::string wrong_placement(const Request& request, const Placement& placement,
                              const Room& room) const;
  void use_offer(const StartAttempt& start);
  void close_offers();

  Policy policy_;
  Limits limits_;
  Instant now_{};
  std::map<JobId, ModelJob> jobs_;
  std::map<std::string, ModelNode> nodes_;
  std::map<std::string, std::uint64_t> last_uses_;  // the number of a node's last start
  std::uint64_t starts_ = 0;
  std::uint64_t last_arrival_ = 0;
  Demands demands_;
};

}  // namespace retz::property
