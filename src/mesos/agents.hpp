// The agents that we deal with, and their names as nodes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "retz/resources.hpp"

namespace retz::mesos {

struct Agent {
  std::string id = {};
  std::string node = {};
  std::string hostname = {};
  std::string address = {};                // host:port; may be empty
  std::uint32_t tasks = 0;                 // of ours that have not ended
  std::uint32_t in_flight = 0;             // of them, launched and never heard of
  bool unreachable = false;                // the master gave it up
  bool seen = false;                       // it made an offer in this subscription
  bool node_known = false;                 // the engine was told of it
  std::deque<std::string> held_back = {};  // tasks that wait until fewer are in flight
  std::optional<MaintenanceWindow> window = {};
};

/// A node is named by its agent's hostname; where another agent of that hostname is there, by
/// hostname@agent id. The name stays with the agent for as long as it is known.
class Agents {
 public:
  /// `known`: what was stored, node name to "<agent id> <host:port>".
  explicit Agents(const std::map<std::string, std::string>& known);

  /// Null: not known.
  Agent* find(const std::string& id);
  const std::map<std::string, Agent>& all() const { return agents_; }
  /// Finds or makes it. `renamed` or moved: what is stored of it is out of date.
  struct Met {
    Agent* agent = nullptr;
    bool changed = false;
  };
  Met meet(const std::string& id, const std::string& hostname, const std::string& address);
  /// One of which no more is known than that tasks of ours run there.
  Agent& at(const std::string& id);
  /// The agent that bears this name; empty: none known.
  std::string id_of(const std::string& node) const;
  /// Requires: it has no tasks.
  void forget(const std::string& id);
  void forget_who_was_seen();
  static std::string stored(const Agent& agent) { return agent.id + ' ' + agent.address; }

 private:
  std::string name_for(const std::string& id, const std::string& hostname);

  std::map<std::string, Agent> agents_;       // by id
  std::map<std::string, std::string> names_;  // node to agent id
};

}  // namespace retz::mesos
