// A model of a Mesos master and its agents: what they answer and tell a scheduler, by the rules of
// Mesos 1.12.0, and strictly so. No I/O, no clock, no thread: time is handed in, randomness comes
// from a seed. Commands are run by somebody else, who takes orders and tells of the ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retz/time.hpp"

namespace retz::testing::mesos {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct MasterOptions {
  std::string id = "11111111-2222-4333-8444-555555555555";
  std::string agents_id = {};  // of the master that they registered with first; empty: this one
  std::string hostname = "127.0.0.1";
  std::uint16_t port = 5050;
  std::uint64_t first_framework = 0, first_offer = 0;
  Duration allocation_interval = std::chrono::seconds(1);
  Duration heartbeat_interval = std::chrono::seconds(15);
  Duration agent_timeout = std::chrono::seconds(75);       // of pings: then it is unreachable
  Duration reregister_timeout = std::chrono::minutes(10);  // after the master's fail-over
  std::optional<Duration> offer_timeout = {};              // then an offer is rescinded
  std::map<std::string, std::string> credentials = {};  // principal to secret; empty: nobody asks
  std::string region = {};                              // of the master
};

struct AgentSpec {
  std::string hostname = "127.0.0.1";
  std::uint16_t port = 5051;
  std::string resources = "cpus:8;mem:8192;disk:10000;ports:[31000-32000]";
  std::string attributes = {};  // "rack:r1;floor:2"
  std::string region = {}, zone = {};
};

struct Answer {
  int status = 202;
  std::string body = {};
  Headers headers = {};
  std::string stream = {};  // SUBSCRIBE: the body is this stream, and never ends by itself
};

/// What an agent wants run or stopped.
struct Order {
  enum class Kind : std::uint8_t { launch, kill, destroy };  // destroy: and no word of it
  Kind kind = Kind::launch;
  std::size_t agent = 0;
  std::string framework = {}, task = {};
  std::string info = {};       // launch: the TaskInfo, JSON
  std::string container = {};  // launch: the id of its container
  std::string user = {};       // launch: the framework's
  std::optional<Duration> grace = {};
  bool tell_killing = false;  // the framework knows TASK_KILLING
};

/// What an executor says.
struct TaskStatus {
  std::string state = {};
  std::string message = {}, reason = {};
  std::string source = "SOURCE_EXECUTOR";
  std::optional<bool> healthy = {};
};

/// For tests: what the model holds of one agent.
struct AgentView {
  std::string id = {};
  std::string state = {};  // "registered", "disconnected", "unreachable", "gone", ...
  bool process_up = true;
  std::map<std::string, std::int64_t> total = {}, used = {}, offered = {};  // thousandths
  std::size_t tasks = 0;
};

struct OfferView {
  std::string id = {}, framework = {};
  std::size_t agent = 0;
  Instant made = {};
};

class ScriptedMaster {
 public:
  ScriptedMaster(MasterOptions options, std::uint64_t seed);
  ~ScriptedMaster();
  ScriptedMaster(ScriptedMaster&&) noexcept;

  /// The agent registers at once. Returns its number.
  std::size_t add_agent(AgentSpec spec, Instant now);

  // The wire.
  Answer request(std::string_view method, std::string_view path, const Headers& headers,
                 std::string_view body, Instant now);
  Answer post(const Headers& headers, std::string_view body, Instant now) {
    return request("POST", "/api/v1/scheduler", headers, body, now);
  }
  /// The events not taken yet, in order.
  std::vector<std::string> records(const std::string& stream);
  /// After the records: the zero-length chunk.
  bool ended(const std::string& stream) const;
  /// The framework's end, or the network, broke it.
  void disconnect(const std::string& stream, Instant now);

  // Time.
  void pass(Instant now);
  std::optional<Instant> wake_at() const;
  /// A cycle of allocation, now; the next is due an interval later.
  void allocate(Instant now);

  // Executors.
  std::vector<Order> take_orders();
  void task_says(std::size_t agent, const std::string& framework, const std::string& task,
                 TaskStatus status, Instant now);
  bool process_up(std::size_t agent) const;

  // Misfortune and operators.
  void kill_agent(std::size_t agent, Instant now);    // kill -9: the socket breaks, executors live
  void start_agent(std::size_t agent, Instant now);   // after kill_agent; registers anew
  void freeze_agent(std::size_t agent, Instant now);  // SIGSTOP: the socket stays open
  void thaw_agent(std::size_t agent, Instant now);
  void unregister_agent(std::size_t agent, Instant now);  // SIGUSR1: for ever
  void mark_gone(std::size_t agent, Instant now);
  void drain_agent(std::size_t agent, Instant now);
  void plan_maintenance(std::size_t agent, Instant from, Duration length, Instant now);
  void start_maintenance(std::size_t agent, Instant now);
  void rescind(const std::string& offer, Instant now);
  void rescind_all(Instant now);
  /// Its streams break; a new master leads. Agents find it each after at most `detection`.
  void fail_over(const std::string& new_id, bool registry_kept, Duration detection, Instant now);
  /// An agent has found the master that leads.
  void find_master(std::size_t agent, Instant now);
  void lead(bool leads);                        // false: 307 to `leader`
  void redirect_to(const std::string& leader);  // "host:port"; empty: 503, none known
  void recovering(bool recovering);             // 503

  // For assertions.
  AgentView agent(std::size_t number) const;
  std::size_t agents() const;
  std::vector<OfferView> offers() const;
  /// Tasks whose executors live (or are about to), by agent.
  std::vector<std::pair<std::size_t, std::string>> living(const std::string& framework) const;
  const std::map<std::string, std::uint64_t>& task_ids() const;  // each ever accepted: how often
  const std::vector<std::string>& unknown_fields() const;        // that calls had
  std::string stream_of(const std::string& framework) const;
  std::string state_json() const;   // of /state, as far as clients use it
  std::string slaves_json() const;  // of /slaves

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace retz::testing::mesos
