// What the model of the master holds, shared by its parts.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/generator.hpp"
#include "support/mesos/resources.hpp"
#include "support/mesos/scripted_master.hpp"

namespace retz::testing::mesos {

using nlohmann::json;

bool is_terminal(const std::string& state);

struct Stream {
  std::string framework = {};
  std::deque<std::string> records = {};
  bool ended = false;
};

struct Filter {
  std::string role = {};
  Resources refused = {};
  Instant until = {};
};

/// As the master sees it.
struct MasterTask {
  std::size_t agent = 0;
  std::string latest = "TASK_STAGING";  // of the agent, as far as updates carried it
  std::string told = "TASK_STAGING";    // of the last update handed on
  std::string uuid = {};                // of that update
  Resources resources = {};
  bool released = false;
};

struct Framework {
  std::string id = {};
  json info = {};
  std::string principal = {};
  std::string stream = {};  // empty: not subscribed
  std::set<std::string> roles = {}, suppressed = {};
  std::set<std::string> capabilities = {};
  std::multimap<std::size_t, Filter> filters = {};  // by agent
  std::map<std::string, MasterTask> tasks = {};
  std::map<std::string, std::size_t> unreachable = {};  // tasks, by their agent
  Instant heartbeat_at = {};
  std::optional<Instant> gone_at = {};  // the end of failover_timeout

  bool can(const char* capability) const { return capabilities.count(capability) != 0; }
  bool checkpoints() const { return info.value("checkpoint", false); }
};

struct Offer {
  std::string framework = {}, role = {};
  std::size_t agent = 0;
  Resources resources = {};
  Instant made = {};
};

/// As the agent sees it.
struct AgentTask {
  json info = {};
  std::string container = {};
  std::string latest = "TASK_STAGING";
  std::deque<json> pending = {};  // statuses; the oldest is sent until it is acknowledged
  Instant retry_at = {};
  Duration backoff = {};
  bool started = false;  // its executor said something
  bool over = false;     // a terminal status is pending
  bool died = false;     // it ended while the agent's process was down
};

using TaskKey = std::pair<std::string, std::string>;  // framework, task

struct Agent {
  enum class View : std::uint8_t {
    registered,
    disconnected,  // its socket broke
    recovering,    // in the registry, not seen yet by this master
    unknown,       // not in the registry, not seen
    unreachable,
    gone,
    removed,
  };
  AgentSpec spec = {};
  std::string id = {};
  Resources total = {}, free = {};  // free: neither used nor offered
  json attributes = json::array();
  View view = View::registered;
  bool process = true, frozen = false, draining = false;
  std::optional<Instant> silent_since = {};
  std::optional<Instant> unreachable_since = {};
  std::optional<Instant> registers_at = {};  // has found the new master then
  std::map<TaskKey, AgentTask> tasks = {};
  std::deque<std::function<void(Instant)>> mail = {};     // of the master, while it is frozen
  std::deque<std::pair<TaskKey, TaskStatus>> words = {};  // of executors, while it does not hear
  std::map<TaskKey, std::optional<Duration>> kills = {};  // remembered until it registers anew
  std::optional<std::pair<Instant, Duration>> maintenance = {};

  bool heard() const { return process && !frozen; }
  bool gpus() const { return scalar(total, "gpus") > 0; }
};

struct ScriptedMaster::State {
  MasterOptions options;
  base::Generator random;
  std::string id;
  bool leads = true, recovers = false;
  std::string leader;  // where others lead
  std::uint64_t next_framework = 0, next_offer = 0;
  std::map<std::string, Framework> frameworks;
  std::set<std::string> removed;  // frameworks
  std::map<std::string, Stream> streams;
  std::unordered_map<std::string, Offer> offers;
  std::map<std::string, std::pair<std::string, std::size_t>> inverse_offers;  // framework, agent
  std::map<std::pair<std::string, std::size_t>, Instant> inverse_quiet;
  std::map<std::string, json> told_to_agents;  // the infos of frameworks whose tasks they run
  std::vector<Agent> agents;
  std::map<std::string, std::size_t> agent_numbers;
  std::vector<Order> orders;
  std::map<std::string, std::uint64_t> task_ids;
  std::vector<std::string> unknown;
  Instant next_cycle = {};
  std::set<std::pair<Instant, std::pair<std::size_t, TaskKey>>> retries;

  State(MasterOptions given, std::uint64_t seed)
      : options(std::move(given)),
        random(seed),
        id(options.id),
        next_framework(options.first_framework),
        next_offer(options.first_offer) {}

  std::string uuid_bytes();
  std::string uuid_text();
  std::string next_offer_id();

  // Events.
  void say(Framework& framework, json event);
  struct Word {
    std::string task, state, reason, message, agent_id;
    std::optional<Instant> unreachable_since = {};
  };
  void say_state(Framework& framework, const Word& word, Instant now);
  void end_stream(Framework& framework);

  // Subscriptions.
  Answer subscribe(const json& call, const std::string& principal, Instant now);
  std::optional<std::string> refusal(const json& call, const std::string& principal) const;
  void take_in(Framework& framework, const json& subscribe, Instant now);
  void disconnected(Framework& framework, Instant now);
  void remove_framework(const std::string& framework, Instant now);

  // Calls.
  Answer call(Framework& framework, const json& call, Instant now);
  Answer update_framework(Framework& framework, const json& call, Instant now);
  void accept(Framework& framework, const json& accept, Instant now);
  void launch(Framework& framework, const json& info, std::size_t agent, Resources& left,
              const std::string& role, Instant now);
  std::optional<std::string> invalid(const Framework& framework, const json& info,
                                     std::size_t agent, const Resources& left,
                                     const std::string& role) const;
  std::optional<std::string> invalid_offers(const Framework& framework,
                                            const std::vector<std::string>& ids) const;
  void decline(Framework& framework, const json& decline, Instant now);
  void roles_call(Framework& framework, const json& body, bool revive, Instant now);
  void kill(Framework& framework, const json& kill, Instant now);
  void acknowledge(Framework& framework, const json& acknowledge, Instant now);
  void reconcile(Framework& framework, const json& reconcile, Instant now);
  void reconcile_one(Framework& framework, const std::string& task,
                     const std::optional<std::string>& agent, Instant now);

  // Offers.
  void allocate(std::optional<std::size_t> agent, const std::string* framework, Instant now);
  bool wants(const Framework& framework, const std::string& role, std::size_t agent,
             const Resources& free, Instant now) const;
  json offer_json(const std::string& offer, const Framework& framework) const;
  void give_back(const std::string& offer);
  void filter(Framework& framework, const Offer& offer, const Resources& refused,
              const json& filters, Instant now);
  void rescind(const std::string& offer);
  void rescind_of(std::size_t agent);

  // Agents.
  void send(std::size_t agent, std::function<void(Instant)> message, Instant now);
  void run_task(std::size_t agent, const std::string& framework, const json& info, Instant now);
  void kill_task(std::size_t agent, const std::string& framework, const std::string& task,
                 std::optional<Duration> grace, Instant now);
  void executor_says(std::size_t agent, const TaskKey& key, const TaskStatus& status, Instant now);
  void forward(std::size_t agent, const TaskKey& key, Instant now);
  void retry_later(std::size_t agent, const TaskKey& key, Instant now);
  void acknowledged(std::size_t agent, const TaskKey& key, const std::string& uuid, Instant now);
  void flush(std::size_t agent, const std::string* framework, Instant now);
  void release(MasterTask& task);
  void unreachable(std::size_t agent, Instant now);
  void registers(std::size_t agent, Instant now);
  void registers_known(std::size_t agent, Instant now);
  void registers_lost(std::size_t agent, const std::string& message, Instant now);
  void gone(std::size_t agent, Agent::View view, const std::string& state,
            const std::string& reason, const std::string& message, Instant now);
  void lost_agent(std::size_t agent);
  void take_back(std::size_t agent, const TaskKey& key);
  void invert(std::size_t agent, Instant now);
  void hear_words(std::size_t agent, Instant now);
  void compute_free(std::size_t agent);
  Duration grace_of(const json& info) const;
};

json fields_of(const TaskStatus& status, const std::string& task, const std::string& agent,
               const std::string& container, Instant now);

}  // namespace retz::testing::mesos
