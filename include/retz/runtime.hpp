// The live driver: drain inbox, stamp time, step, commit, then reply and carry out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "retz/cluster.hpp"
#include "retz/engine.hpp"
#include "retz/store.hpp"

namespace retz {

/// What a client asks for. `user` empty: the host program itself, which may do anything; else jobs
/// and applications of others are not_found (unless the user is an admin).
struct SubmitJobs {
  std::string user = {};
  std::vector<JobSpec> jobs = {};  // all or none is accepted; an array is one of them, and
                                   // becomes many
  std::string
      idempotency_key;  // empty: none. The same key with the same digest answers with the same ids
  std::string body_digest = {};  // of the request; the same key with another digest is a conflict
};
struct KillJobs {
  std::string user = {};
  std::vector<JobId> jobs = {};  // or, when empty, all live jobs with the tag
  std::string tag = {};
  JobId array = {};  // or, when neither is given, all live jobs of the array
};
struct RerunJob {
  std::string user = {};
  JobId job = {};
  bool kill_running = false;
  bool array = false;  // all jobs of the array that `job` is the first of, or none
};
struct StoreApplication {
  std::string user = {};
  Application application = {};
};
struct RemoveApplication {
  std::string user = {};
  std::string name = {};
};
struct StoreUser {
  User user = {};
};
struct DrainNode {
  std::string node = {};
  bool draining = true;
};
/// All windows in which a node is worked on: they replace those told before.
struct PlanMaintenance {
  std::string node = {};
  std::vector<MaintenanceWindow> windows = {};  // in any order
};
/// Decides from now on, also after a restart as long as RuntimeOptions say what they say now.
struct SetPolicy {
  Policy policy = {};  // of parts that can be made by their names
};
/// Needs no commit; answered between two steps.
struct ExplainJob {
  std::string user = {};
  JobId job = {};
  bool forecast = false;  // with the outlook, where the job waits without a reservation
};

using Command = std::variant<SubmitJobs, KillJobs, RerunJob, StoreApplication, RemoveApplication,
                             StoreUser, DrainNode, PlanMaintenance, SetPolicy, ExplainJob>;

struct Answer {
  std::vector<JobId> jobs = {};  // submitted or killed ones
  bool repeated = false;         // an idempotency key was seen before
  std::optional<Explanation> explanation = {};
  /// For retz::forecast, on another thread. Absent where too many jobs come before.
  std::shared_ptr<const Outlook> outlook = {};
};

/// Called once, on the runtime's thread, after the commit (or with the error). It must not block.
using ReplyTo = std::function<void(Result<Answer>)>;

/// What came in since the last turn.
struct Inflow {
  std::vector<Event> events = {};
  std::vector<std::pair<Command, ReplyTo>> commands = {};
};

/// Events and commands wait here for the next turn. Threads: any may post.
class Mailbox : public Inbox {
 public:
  virtual void post(Command command, ReplyTo reply) = 0;
  using Inbox::post;
  virtual Inflow drain() = 0;
};

/// A mailbox that another thread can sleep on.
class LiveMailbox : public Mailbox {
 public:
  LiveMailbox();
  ~LiveMailbox() override;
  void post(std::vector<Event> events) override;
  void post(Command command, ReplyTo reply) override;
  Inflow drain() override;
  /// Until something is posted, wake() is called, or `at_most` has passed.
  void wait(std::optional<Duration> at_most);
  void wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Given to the runtime so that a simulation can bring its own. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant wall() = 0;     // may jump
  virtual Duration steady() = 0;  // never goes back
};
std::unique_ptr<Clock> system_clock();

/// What the runtime tells its host, on its own thread.
struct RuntimeHooks {
  /// After each commit, with all that it wrote.
  std::function<void(BatchNumber, Instant, std::span<const Write>)> committed = {};
  /// For the host's log: severity 0 info, 1 warning, 2 error.
  std::function<void(int severity, const std::string& message)> log = {};
};

struct RuntimeOptions {
  EngineOptions engine = {};
  /// Of a job with neither estimate nor time limit, while nothing is learnt of its application and
  /// user. > 0
  Duration default_estimate = std::chrono::hours(1);
  std::uint32_t jobs_per_submission = 10000;  // those of arrays counted one by one
  std::uint64_t waiting_jobs = 5'000'000;     // beyond it submissions are answered `unavailable`
  /// How long the commands of a batch whose commit fails wait for their answer; after it they are
  /// answered `unavailable`, although the batch is kept and may still be committed.
  Duration reply_patience = std::chrono::seconds(2);
  RuntimeHooks hooks = {};
};

/// Share of a resource in use, averaged over a window while the node was there.
struct Utilisation {
  double last_minute = 0, last_quarter = 0, last_hour = 0;
};

struct RuntimeStatus {
  EngineCounts counts = {};
  std::vector<NodeStatus> nodes = {};
  Utilisation cpus, mem, disk, gpus;
  std::optional<Error> stalled = {};  // the commit that fails at present
  BatchNumber last_batch = {};
  Instant now{};
  std::string ordering, planner, fit_rule;
  Policy policy = {};
};

/// Threads: turn() belongs to one thread; status() may be called from any.
class Runtime {
 public:
  /// Loads the store, restores the engine, opens the cluster and asks it what became of the
  /// attempts believed live. All four must outlive the runtime. Error: what the store or the
  /// cluster said.
  static Result<std::unique_ptr<Runtime>> open(RuntimeOptions options, Mailbox& mailbox,
                                               Clock& clock, Store& store, Cluster& cluster);
  ~Runtime();

  struct Turn {
    bool worked = false;                 // something was drained, or a time was due
    std::optional<Duration> sleep = {};  // until the next timer; absent: until something is posted
  };
  /// One drain, stamp, step, commit, reply, carry out. A commit that fails is kept and tried again
  /// by later turns; until then nothing is acknowledged or carried out, and new commands are
  /// answered `unavailable`.
  Turn turn();

  RuntimeStatus status() const;

  /// Of the engine, see Engine::digest(): the same after a restart as after the last turn that
  /// wrote something. Threads: turn()'s.
  std::uint64_t engine_digest() const;

 private:
  struct State;
  explicit Runtime(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace retz
