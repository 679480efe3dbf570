// A Mesos framework without its connection: bytes of events go in, bodies of calls come out. It
// does no I/O, reads no clock and has no thread, so that whole clusters can be played from a seed.
//
// What its host must do, and in which order:
// - reconcile() once, before all else; then, while wants_connection(), post subscribe() and feed
//   each record of the stream to record(); lost() when the stream ends, or is closed because
//   wants_connection() turned false.
// - after each call of a member: take(), post the events into the inbox, send the calls in order
//   over one connection. A new stream begins with an empty line of calls: those of before, where
//   they have not been sent yet, are dropped (and answered() with not_sent).
// - pass() when wake_at() has come.
//
// How it knows that work waits: the runtime tells it by the action LeasesWanted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retz/cluster.hpp"
#include "retz/time.hpp"

namespace retz::mesos {

enum class Containerizer : std::uint8_t { mesos, docker };  // of applications with an image

struct FrameworkOptions {
  std::string name = "retz";
  std::string user = "nobody";  // unix user of tasks whose application names none
  bool allow_root = false;
  std::vector<std::string> roles = {"*"};
  std::string principal = {};  // empty: none
  std::string hostname = {};
  std::string web_ui = {};
  bool checkpoint = true;
  bool gpus = true;  // see agents that have some
  Duration failover_timeout = std::chrono::hours(24 * 7);
  std::uint32_t stock_max = 16;  // offers held that no launch has used
  Duration stock_time = std::chrono::seconds(10);
  Duration refuse_time = std::chrono::seconds(5);  // filter of what fits nobody who waits
  std::uint32_t launches_per_agent = 64;           // launched and not heard of yet
  Duration unreachable_timeout = std::chrono::minutes(15);
  Duration reregister_timeout = std::chrono::minutes(10);  // --agent_reregister_timeout of masters
  Duration reconcile_interval = std::chrono::minutes(15);
  Containerizer containerizer = Containerizer::mesos;
  std::string exec_program = {};  // retz-exec on the agents; empty: commands run as they are
};

/// One request body, JSON.
struct Call {
  std::uint64_t number = 0;  // counts up from 1
  std::string type = {};     // "ACCEPT"
  std::string body = {};
};

/// For the host's log: severity 0 info, 1 warning, 2 error.
struct Notice {
  int severity = 0;
  std::string text = {};
};

/// Where an attempt was launched or is known to be; for its sandbox.
struct Place {
  AttemptRef attempt = {};
  std::string task_id = {};   // also its executor's id
  std::string agent_id = {};  // may be empty: not known (yet)
  std::string address = {};   // host:port of the agent; may be empty
};

struct Outbox {
  std::vector<Call> calls = {};
  std::vector<Event> events = {};  // their receipts come back in carry_out
  std::vector<Notice> notices = {};
  std::vector<Place> places = {};  // new, or better known than before
};

/// Why it will not subscribe again in this life.
struct Ended {
  bool superseded = false;  // another instance subscribed with this id; else removed or refused
  std::string cause = {};   // in the master's words
};

struct AgentFigures {
  std::string id = {};
  std::string node = {};  // its name above
  std::string hostname = {};
  std::string address = {};  // host:port
  std::uint32_t held_offers = 0;
  std::uint32_t tasks = 0;  // of ours that have not ended
  bool unreachable = false;
};

struct FrameworkFigures {
  bool subscribed = false;
  std::string master = {};  // host:port, of the last subscription
  std::string framework_id = {};
  std::vector<AgentFigures> agents = {};  // by id
  std::uint32_t held_offers = 0;
  std::uint32_t tasks = 0;
  std::uint32_t unreconciled = 0;  // tasks that the master has not told of since the subscription
  bool suppressed = false;
  std::optional<Instant> last_event = {};  // absent: none yet
};

/// Statuses of answered() that no HTTP answer has.
inline constexpr int not_sent = 0;    // certainly not received by the master
inline constexpr int no_answer = -1;  // sent, and the connection broke before the answer

/// The names of stored state that it reports, and needs at the next start.
inline constexpr std::string_view framework_id_state = "mesos.framework-id";
/// + node name; the value is "<agent id> <host:port>".
inline constexpr std::string_view agent_state_prefix = "mesos.agent.";

/// `<job>-<attempt>-<start in microseconds, base 36>`: unique over all stores and their snapshots,
/// and known again from the attempt's record. The executor's id, too.
std::string task_id(AttemptRef attempt, Instant started);

class Core;

/// Threads: one at a time. Nothing throws.
class Framework {
 public:
  /// `known`: what was reported as StateReported before, by name. `seed`: of back-off's jitter.
  Framework(FrameworkOptions options, std::map<std::string, std::string> known, std::uint64_t seed);
  ~Framework();
  Framework(const Framework&) = delete;
  Framework& operator=(const Framework&) = delete;

  /// The body of SUBSCRIBE, with the id once it is known.
  std::string subscribe() const;
  /// One event of the stream, JSON. The first of a stream is SUBSCRIBED or ERROR.
  void record(std::string_view event, Instant now);
  /// The stream ended, or could not be had after it was.
  void lost(std::string_view cause, Instant now);
  /// What was not answered by 2xx: the HTTP status, not_sent or no_answer. A SUBSCRIBE's refusal is
  /// not told here.
  void answered(const Call& call, int status, std::string_view body, Instant now);
  void carry_out(std::span<const Action> actions, std::span<const Receipt> settled, Instant now);
  void reconcile(std::span<const AttemptRecord> believed_live, Instant now);
  void pass(Instant now);
  std::optional<Instant> wake_at() const;

  /// Not before reconcile() was called, nor once it has ended. False while a stream is open: close
  /// it and tell lost(); true again after that, unless it has ended.
  bool wants_connection() const;
  const std::optional<Ended>& ended() const;
  Outbox take();
  FrameworkFigures figures() const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace retz::mesos
