// What the framework knows and does: one class, one file a concern.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/generator.hpp"
#include "mesos/agents.hpp"
#include "mesos/call.hpp"
#include "mesos/event.hpp"
#include "mesos/framework.hpp"
#include "mesos/timers.hpp"

namespace retz::mesos {

/// One attempt, from its launch (or from what was believed at the start) until its end is stored.
struct Task {
  AttemptRef attempt = {};
  std::string id = {};
  std::string agent_id = {};               // empty: not known
  std::unique_ptr<Launch> held_back = {};  // not launched yet: its agent takes no more at present
  bool in_flight = false;
  bool told_running = false;
  bool told_unreachable = false;
  std::uint32_t unknown_answers = 0;     // of the master, one after the other
  std::optional<Duration> stop = {};     // asked for, with this grace period
  Duration kill_pause{0};                // before the next KILL
  std::optional<Outcome> wordless = {};  // it ended; its last words may yet come
  bool ended = false;                    // told; waits until that is stored
  std::vector<std::string> uuids = {};   // of updates to acknowledge once the end is stored
};

/// A task that runs and should not: it is killed until it is gone.
struct Stray {
  std::string agent_id = {};
  Duration kill_pause{0};
};

/// The offers of one agent to one role: at most one lease on them at a time.
///
/// A lease never grows under its id: a launch may be under way while the new grant is, and its
/// offers would count twice. It is withdrawn first, and granted anew when the engine has let go.
struct Holding {
  std::string key = {};
  std::string agent_id = {};
  std::vector<Offer> loose = {};   // under no lease
  std::vector<Offer> leased = {};  // under `lease`
  LeaseId lease = {};              // 0: none
  bool looked_at = false;          // the engine has planned with the lease
  bool leaving = false;            // withdrawn; the engine does not know that yet
  bool unwanted = false;           // to be declined once it is withdrawn
  bool stocked = false;            // nobody waits for it
  Duration refuse{0};              // of its decline
};

class Core {
 public:
  Core(FrameworkOptions options, std::map<std::string, std::string> known, std::uint64_t seed);

  std::string subscribe() const { return subscribe_body(options_, id_); }
  void record(std::string_view event, Instant now);
  void lost(std::string_view cause, Instant now);
  void answered(const Call& call, int status, std::string_view body, Instant now);
  void carry_out(std::span<const Action> actions, std::span<const Receipt> settled, Instant now);
  void reconcile(std::span<const AttemptRecord> believed_live, Instant now);
  void pass(Instant now);
  std::optional<Instant> wake_at() const { return timers_.next(); }
  bool wants_connection() const { return reconcile_called_ && !broken_ && !ended_; }
  const std::optional<Ended>& ended() const { return ended_; }
  Outbox take() { return std::exchange(out_, {}); }
  FrameworkFigures figures() const;

 private:
  // What follows once an event is stored.
  struct IdStored {};
  struct LookedAt {
    LeaseId lease;
  };
  struct Left {
    LeaseId lease;
  };
  struct RunningStored {
    TaskName task;
    std::string uuid;
  };
  struct EndStored {
    std::string task_id;
  };
  using Then = std::variant<IdStored, LookedAt, Left, RunningStored, EndStored>;

  // core.cpp
  void notice(int severity, std::string text);
  void call(const char* type, std::string body);
  void post(EventBody what) { out_.events.push_back({std::move(what), {}}); }
  void post(EventBody what, Then then);
  void due(const Timers::Due& due);
  void then(const IdStored&) { id_stored_ = true; }
  void then(const LookedAt& looked);
  void then(const Left& left);
  void then(const RunningStored& stored);
  void then(const EndStored& stored);
  /// What is done once for all that one call of a member brought.
  void finish();
  Duration jittered(Duration pause);

  // subscription.cpp
  void on(Subscribed& event);
  void on(const Heartbeat&) {}
  void on(const StreamError& event);
  void on(const OtherEvent&) {}
  void hear();
  void broken(std::string cause);

  // offers.cpp
  void on(Offers& event);
  void on(const Rescind& event);
  void on(const AgentFailed& event);
  void on(const InverseOffers& event);
  void on(const RescindInverse&) {}
  void add(Offer offer);
  void note_window(Agent& agent, const std::optional<MaintenanceWindow>& window);
  void forget_offers(const Holding& holding);
  void drop_offers_of(const std::string& agent_id);
  void lose_node(const std::string& agent_id);

  // holdings.cpp
  Holding* holding_of(LeaseId lease);
  void arrange(Holding& holding);
  void grant(Holding& holding);
  void withdraw(Holding& holding, bool unwanted);
  void decline(Holding& holding);
  void loosen(Holding& holding);
  void expire(const std::string& key);
  void give_back(const ReturnLease& action);
  void want(const LeasesWanted& action);
  void trim();
  void void_all_offers();

  // asking.cpp
  void ask();
  void revive();
  void suppress();
  void flush_declines();

  // launches.cpp
  using Launches = std::vector<std::pair<LeaseId, std::vector<const Launch*>>>;
  void launch(LeaseId lease, const std::vector<const Launch*>& launches);
  void launch_held_back(Agent& agent, Holding& holding);
  void launch_held_back(Agent& agent);
  void hold_back(Task& task, const Launch& launch);
  /// The task's description; nothing, where it was refused (and the task is gone).
  std::optional<std::string> describe(Task& task, const Launch& launch,
                                      std::vector<Resource>& resources);
  void accept(const std::vector<Offer>& offers, std::span<const std::string> tasks,
              Duration refuse);
  Task& add_task(const Launch& launch, const std::string& agent_id);
  void refuse(AttemptRef attempt, OutcomeKind kind, std::string reason);
  void launched(Task& task);
  void never_launched(const Call& call, OutcomeKind kind, const std::string& why);

  // updates.cpp
  void on(const Update& event);
  void stray(const TaskStatus& status);
  void running(Task& task, const TaskStatus& status);
  void unreachable(Task& task);
  void unknown(Task& task, const TaskStatus& status);
  void ending(Task& task, const TaskStatus& status);
  void heard_of(Task& task, const TaskStatus& status);
  void end(Task& task, Outcome outcome);
  void end_without_words(Task& task);
  void give_up(Task& task);
  void acknowledge(const TaskName& task, const std::string& uuid);
  Task* find_task(const std::string& id);
  void place(const Task& task);
  void out_of_flight(Task& task);

  // kills.cpp
  void stop(const StopAttempt& action);
  void kill(Task& task);
  void kill_stray(const std::string& id);
  void kill_again(const std::string& id);

  // reconciliation.cpp
  void believe(const AttemptRecord& record);
  void start_reconciliation();
  void reconcile_round();
  void doubt(const std::string& task_id);

  FrameworkOptions options_;
  std::set<std::string> roles_;
  base::Generator generator_;
  Outbox out_;
  Instant now_{};
  Timers timers_;
  std::uint64_t last_call_ = 0;
  std::uint64_t last_receipt_ = 0;
  std::unordered_map<std::uint64_t, Then> pending_;  // receipts that will come back

  std::string id_;  // of the framework; empty: never subscribed
  bool id_stored_ = false;
  std::string master_;
  bool subscribed_ = false;
  bool broken_ = false;  // the stream is to be closed
  bool reconcile_called_ = false;
  std::optional<Ended> ended_;
  Instant subscribed_at_{};
  std::optional<Instant> last_event_;
  Duration heartbeat_{0};

  Agents agents_;
  std::map<std::string, Holding> holdings_;  // by key
  std::unordered_map<LeaseId, std::string> leases_;
  std::unordered_map<std::string, std::string> offers_;  // id to key
  std::uint64_t last_lease_ = 0;
  std::map<Duration, std::vector<std::string>> declines_;  // offers, by how long they are refused
  bool holdings_changed_ = false;

  std::uint64_t waiting_ = 0;  // jobs
  bool suppressed_ = false;
  bool revive_wanted_ = false;
  Duration revive_pause_{0};
  Instant last_revive_{};
  std::uint64_t offered_since_ = 0, used_since_ = 0;  // offers, since the last REVIVE

  std::unordered_map<std::string, Task> tasks_;  // by id
  std::unordered_map<AttemptRef, std::string> by_attempt_;
  std::map<std::string, Stray> strays_;
  std::uint64_t held_back_ = 0;

  std::set<std::string> unanswered_;  // tasks that reconciliation asks for
  bool rounds_ = false;               // explicit reconciliation is going on
  Duration round_pause_{0};
};

}  // namespace retz::mesos
