#include "mesos/agents.hpp"

namespace retz::mesos {

Agents::Agents(const std::map<std::string, std::string>& known) {
  for (const auto& [node, stored] : known) {
    const auto blank = stored.find(' ');
    const std::string id = stored.substr(0, blank);
    if (id.empty() || agents_.contains(id)) continue;
    Agent agent;
    agent.id = id;
    agent.node = node;
    agent.hostname = node.substr(0, node.find('@'));
    if (blank != std::string::npos) agent.address = stored.substr(blank + 1);
    agents_.emplace(id, std::move(agent));
    names_.emplace(node, id);
  }
}

Agent* Agents::find(const std::string& id) {
  const auto at = agents_.find(id);
  return at == agents_.end() ? nullptr : &at->second;
}

Agent& Agents::at(const std::string& id) {
  Agent& agent = agents_[id];
  agent.id = id;
  return agent;
}

std::string Agents::id_of(const std::string& node) const {
  const auto at = names_.find(node);
  return at == names_.end() ? std::string() : at->second;
}

std::string Agents::name_for(const std::string& id, const std::string& hostname) {
  const auto taken = names_.find(hostname);
  if (taken == names_.end()) return hostname;
  const Agent* const other = find(taken->second);
  // One of before, that is not there now and runs nothing, has lost its name.
  const bool there = other != nullptr && !other->unreachable && (other->seen || other->tasks > 0);
  return there || (other != nullptr && other->tasks > 0) ? hostname + "@" + id : hostname;
}

Agents::Met Agents::meet(const std::string& id, const std::string& hostname,
                         const std::string& address) {
  Agent& agent = at(id);
  agent.hostname = hostname;
  bool changed = false;
  const auto named = names_.find(agent.node);
  if (agent.node.empty() || named == names_.end() || named->second != id) {
    agent.node = name_for(id, hostname);
    agent.node_known = false;
    names_[agent.node] = id;
    changed = true;
  }
  if (!address.empty() && agent.address != address) {
    agent.address = address;
    changed = true;
  }
  agent.seen = true;
  agent.unreachable = false;
  return {&agent, changed};
}

void Agents::forget(const std::string& id) {
  const auto at = agents_.find(id);
  if (at == agents_.end()) return;
  const auto named = names_.find(at->second.node);
  if (named != names_.end() && named->second == id) names_.erase(named);
  agents_.erase(at);
}

void Agents::forget_who_was_seen() {
  for (auto& [id, agent] : agents_) agent.seen = false;
}

}  // namespace retz::mesos
