// Carries out a script on an engine and writes down what it says: the transcript.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "retz/engine.hpp"
#include "scenario/script.hpp"
#include "scenario/values.hpp"

namespace retz::scenario {

enum class Restarts : std::uint8_t { as_written, after_each_step };

/// One run of one script. Errors: ScriptError; a broken invariant throws through the handler that
/// main() sets.
class World {
 public:
  World(const Script& script, Restarts restarts);

  /// The output of each statement.
  std::vector<std::vector<std::string>> run();

 private:
  struct Job {
    std::string name;
    std::string array;  // its name; empty: it is not of one
    std::vector<Submission::After> after;
    JobFacts facts;
    std::optional<JobStatus> status;  // absent: refused, or not answered yet
    std::map<std::uint32_t, AttemptRecord> attempts;
  };
  struct Lease {
    std::string node;
    LeaseKind kind = LeaseKind::standing;
    Capacity capacity;
  };

  void read_header();
  void run_statement(const Statement& statement, std::vector<std::string>& output);
  static bool is_question(const Words& words);
  void answer(const Words& words, std::vector<std::string>& output);
  void add_event(const Words& words, std::vector<Event>& events);
  bool add_job_event(const Words& words, std::vector<Event>& events);
  bool add_node_event(const Words& words, std::vector<Event>& events);
  void add_grant(const Words& words, LeaseKind kind, std::vector<Event>& events);
  void name_jobs(const Words& words);
  Event submission(Job& added);
  static Event rerun(const Job& wanted, const Words& words);

  void wake_until(Instant end);
  void step(const std::vector<Event>& events, std::vector<std::string>& output);
  void book(const Change& change, std::vector<std::string>& output);
  void book(const Decision& decision, std::vector<std::string>& output);
  void check_start(const StartAttempt& start) const;
  void check_snapshot() const;
  void restart(std::vector<std::string>& output);

  Job& job(const std::string& name);
  Job& job(JobId id);
  /// One job, or all of an array.
  std::vector<JobId> named(const std::string& name) const;
  AttemptRef attempt(const Words& words, std::size_t& next);
  std::string name_of(JobId id);
  Result<Explanation> explanation(const Job& job, std::vector<std::string>& output) const;
  void explain(const Job& job, std::vector<std::string>& output);
  void passed(const Job& job, std::vector<std::string>& output);
  void reservation(const Job& job, std::vector<std::string>& output) const;
  void forecast(const Job& job, std::vector<std::string>& output) const;
  void list_usages(std::vector<std::string>& output) const;
  std::string state(const Job& job) const;
  void list_attempts(const Job& job, std::vector<std::string>& output) const;
  void list_nodes(std::vector<std::string>& output) const;

  const Script& script_;
  Restarts restarts_;
  EngineOptions options_;
  std::optional<Engine> engine_;
  Instant now_{};
  Instant last_step_{Duration{-1}};
  std::optional<Instant> wake_at_;
  std::vector<Job> jobs_;  // job id = position + 1
  std::map<std::string, Capacity> known_nodes_;
  std::map<LeaseId, Lease> leases_;   // open ones
  std::vector<LeaseId> closed_;       // by the decisions of this step
  std::optional<Policy> new_policy_;  // of this step
  bool refused_policy_ = false;
  std::map<std::string, NodeUsed> last_uses_;  // as a store would hold them
  std::map<std::string, UsageChanged> usages_;
  std::map<std::string, MaintenanceChanged> maintenance_;
  std::uint64_t last_lease_ = 0;
  std::vector<std::string>* woken_output_ = nullptr;  // of the statement before a wake-up
};

}  // namespace retz::scenario
