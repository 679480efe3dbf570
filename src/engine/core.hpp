// All that an engine knows, and what each family of events does to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/expected_ends.hpp"
#include "engine/live.hpp"
#include "engine/quotas.hpp"
#include "model/classes.hpp"
#include "model/dependencies.hpp"
#include "model/slot_index.hpp"
#include "model/slots.hpp"
#include "pool/pool.hpp"
#include "pool/reservations.hpp"
#include "queue/gate.hpp"
#include "queue/queue.hpp"
#include "queue/shares.hpp"
#include "queue/timers.hpp"
#include "retz/engine.hpp"

namespace retz::engine {

class Core final : private queue::Gate, private queue::RankInputs {
 public:
  explicit Core(EngineOptions options);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const Step& step(std::span<const Event> events, Instant now, Pass pass);
  Result<Explanation> explain(JobId id) const;
  Result<Outlook> outlook(JobId id, std::size_t jobs_max) const;
  Snapshot snapshot() const;
  Result<void> restore(const Snapshot& snapshot);
  std::uint64_t digest() const;
  void check_invariants() const;
  std::vector<NodeStatus> nodes() const;
  const EngineCounts& counts() const { return counts_; }
  const EngineOptions& options() const { return options_; }

 private:
  // submissions.cpp
  void book(std::span<const Event> events);
  void book(const Event& event);
  void book_unrelated(std::span<const Event> events);
  void book_related(std::span<const Event> events);
  void on(const JobSubmitted& event);
  void submit(const JobSubmitted& event, std::uint64_t class_hash);
  void look_ahead(std::span<const JobSubmitted* const> jobs, std::uint64_t* class_hashes) const;
  Result<void> acceptable(const JobSubmitted& event) const;
  Result<void> within_limits(const Request& request) const;
  Result<void> within_machine(const Request& request) const;
  // wishes.cpp
  void on(const JobCancelled& event);
  void on(const JobRerun& event);
  void rerun_waiting(Job& job);
  void rerun_active(Job& job);
  void rerun_ended(const JobRerun& event);
  void stop(Job& job, Wish wish);
  // attempts.cpp
  void on(const AttemptRunning& event);
  void on(const AttemptEnded& event);
  void on(const AttemptUnreachable& event);
  void stop_late(AttemptRef attempt);
  void end_attempt(Job& job, const Outcome& outcome, const Usage& usage);
  void settle(Job& job, const Outcome& outcome);
  void set_state(Live& live, AttemptState state);
  // dependents.cpp
  Result<void> known_dependencies(const JobSubmitted& event) const;
  std::optional<JobState> ended_state(const JobSubmitted& event, JobId job) const;
  void count_pending(JobId job);
  void now_lives(JobId job);
  void no_longer_lives(JobId job, JobState state);
  void tell_dependents();
  void dependency_failed(Job& job, JobId on, JobState state, Dependency::When when);
  void rank_paths_anew();
  // leases.cpp
  void on(const LeaseGranted& event);
  void on(const LeaseRevoked& event);
  void on(const NodeLost& event);
  void on(const NodeDrained& event);
  void on(const MaintenancePlanned& event);
  void set_maintenance(const std::string& node, std::vector<MaintenanceWindow> windows);
  void forget_past_maintenance();
  void on(const StateReported&) {}  // the runtime's
  void on(const TimePassed&) {}
  // policy.cpp
  void on(const PolicyChanged& event);
  void fit_anew();
  void order_anew();
  void class_anew();
  void count_quotas();
  // pass.cpp
  void plan();
  void plan_once();
  std::optional<Instant> wake_at() const;
  void sort_out();
  void start(const Start& start);
  // standing.cpp: who is ranked how, and who may start
  bool open(const model::ClassKey& key) override;
  void started(const model::ClassKey& key) override;
  void resumed(const model::ClassKey& key);
  void ended(const model::ClassKey& key);
  double usage(std::string_view user, Instant now) const override;
  Duration critical_path(JobId job) const override;
  queue::Orders orders() const;
  bool ranks_by_usage() const;
  void follow_usage(bool follow);
  void count_total();
  void tell_uses();
  // jobs.cpp
  std::uint32_t find(JobId id) const;
  Job* job(JobId id);
  Job& add_job(const JobFacts& facts, const JobStatus& status, const Alike& alike = {});
  void end_job(Job& job, JobState state, const Outcome& outcome);
  void enter(Job& job, JobState state);
  std::uint64_t& count(JobState state);
  static Past& past(Job& job);
  JobStatus status(const Job& job) const;
  std::uint32_t add_live(const Live& live, Duration estimate);
  AttemptRecord record(const Live& live) const;
  void changed(const Job& job);
  void changed(const Live& live);
  void refuse(JobId id, Error error);
  JobFacts facts(const Job& job) const;
  const std::string& user(const Job& job) const { return classes_[job.class_id].user; }
  // waiting.cpp
  void admit(Job& job);
  void hold(Job& job);
  void release(Job& job);
  void enqueue(Job& job);
  void dequeued(Job& job);
  void leave_waiting(Job& job);
  void wake();
  bool promote();
  void demote_beyond_limits();
  // snapshot.cpp
  Result<void> restore_job(const KnownJob& known);
  void restore_waiting(Job& job);
  Result<void> restore_reservation(const Reservation& promised);
  Result<void> restore_attempt(const AttemptRecord& attempt);
  // explain.cpp
  struct Ending {
    Instant at{};
    bool certain = false;  // a time limit ends it
  };
  Ending ending(const Job& job) const;
  Instant expected_end(Instant started, Duration estimate) const;
  std::string after(const Job& job) const;
  void explain_blocked(const Job& job, std::vector<Reason>& reasons) const;
  void explain_dependencies(const Job& job, std::vector<Reason>& reasons) const;
  void explain_line(const Job& job, std::vector<Reason>& reasons) const;
  void explain_limits(const Job& job, std::vector<Reason>& reasons) const;
  void explain_turn(const Job& job, std::vector<Reason>& reasons) const;
  // explain_fit.cpp
  Terms terms(const Job& job) const;
  void explain_fit(const Job& job, std::vector<Reason>& reasons) const;
  void explain_never(const Request& request, std::vector<Reason>& reasons) const;
  void explain_draining(const Request& request, bool when_empty,
                        std::vector<Reason>& reasons) const;
  void explain_endings(const Request& request, Reason& reason) const;
  void explain_wishes(const Job& job, std::vector<Reason>& reasons) const;
  void explain_reserved(const Job& job, const Terms& terms, std::vector<Reason>& reasons) const;
  void explain_closed(const Job& job, const Terms& terms, std::vector<Reason>& reasons) const;
  std::optional<Reservation> reservation(const Job& job) const;
  Reservation told(const pool::Reservations::Promised& promised) const;
  std::optional<Instant> not_before(const Job& job, const std::vector<Reason>& reasons) const;
  // outlook.cpp
  Snapshot snapshot_of(std::vector<std::uint32_t> slots) const;
  // invariants.cpp
  void check_job(std::uint32_t slot, EngineCounts& seen) const;
  void check_blocked(const Job& job) const;
  void check_relations() const;

  EngineOptions options_;
  model::Classes classes_;
  queue::Queue queue_;
  queue::Timers timers_;
  pool::Pool pool_;
  model::Slots<Job> jobs_;
  model::SlotIndex by_id_;
  model::Slots<Live> live_;
  EngineCounts counts_;
  model::Dependencies dependencies_;
  Quotas quotas_;
  queue::Shares shares_;
  bool follows_usage_ = false;
  bool singles_ = false;              // each job is a class of its own
  bool asks_typical_ = false;         // the fit rule wants to know what live jobs ask
  std::uint64_t counted_total_ = 0;   // the pool's capacity version that the shares are of
  std::optional<Instant> plan_wake_;  // what the last pass asked for
  std::vector<pool::Reservations::Promised> promises_;  // of the last pass
  std::vector<Request> closed_for_;  // in the last pass nodes were, for overdue jobs that ask this
  ExpectedEnds expected_ends_;
  std::unordered_map<JobId, std::int64_t> odd_indexes_;  // in arrays, where not the usual ones
  std::vector<std::pair<JobId, JobState>> untold_;       // ended, and their dependents do not know
  std::unordered_map<JobId, JobState> ended_now_;        // in this step, where it is of interest
  bool watches_ends_ = false;
  std::set<std::pair<Instant, std::string>> maintenance_ends_;  // of the first window
  Arrival last_arrival_;
  Instant now_{};
  std::uint64_t sorted_out_ = 0;  // the pool's capacity version that the queue has seen
  Step step_;
};

}  // namespace retz::engine
