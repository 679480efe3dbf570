// Time, misfortune, and what tests ask of the model.
#include "support/mesos/scripted_master.hpp"

#include <algorithm>

#include "support/mesos/model.hpp"

namespace retz::testing::mesos {
namespace {

using View = Agent::View;

/// As an agent reads --attributes: what is a number or a range is told as one.
json attributes_of(const std::string& text) {
  json list = json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::string one = text.substr(at, end - at);
    const auto colon = one.find(':');
    const std::string value = one.substr(colon + 1);
    json attribute = {{"name", one.substr(0, colon)}};
    if (value.front() == '[') {
      const Resources parsed = parse_resources(one);
      json ranges = json::array();
      for (const auto& [first, last] : parsed.front().ranges) {
        ranges.push_back({{"begin", first}, {"end", last}});
      }
      attribute["type"] = "RANGES";
      attribute["ranges"]["range"] = std::move(ranges);
    } else if (value.find_first_not_of("0123456789.") == std::string::npos) {
      attribute["type"] = "SCALAR";
      attribute["scalar"]["value"] = std::stod(value);
    } else {
      attribute["type"] = "TEXT";
      attribute["text"]["value"] = value;
    }
    list.push_back(std::move(attribute));
    at = end + 1;
  }
  return list;
}

const char* word_of(View view) {
  switch (view) {
    case View::registered:
      return "registered";
    case View::disconnected:
      return "disconnected";
    case View::recovering:
      return "recovering";
    case View::unknown:
      return "unknown";
    case View::unreachable:
      return "unreachable";
    case View::gone:
      return "gone";
    case View::removed:
      return "removed";
  }
  return "";
}

std::map<std::string, std::int64_t> scalars_of(const Resources& all) {
  std::map<std::string, std::int64_t> out;
  for (const Resource& one : all) {
    if (one.kind == Resource::Kind::scalar) out[one.name] += one.amount;
    for (const auto& [begin, end] : one.ranges) out[one.name] += (end - begin + 1) * 1000;
  }
  return out;
}

}  // namespace

ScriptedMaster::ScriptedMaster(MasterOptions options, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(options), seed)) {}
ScriptedMaster::~ScriptedMaster() = default;
ScriptedMaster::ScriptedMaster(ScriptedMaster&&) noexcept = default;

std::size_t ScriptedMaster::add_agent(AgentSpec spec, Instant now) {
  State& state = *state_;
  Agent agent;
  agent.id = (state.options.agents_id.empty() ? state.options.id : state.options.agents_id) + "-S" +
             std::to_string(state.agents.size());
  agent.total = agent.free = parse_resources(spec.resources);
  agent.attributes = attributes_of(spec.attributes);
  agent.spec = std::move(spec);
  state.agent_numbers[agent.id] = state.agents.size();
  state.agents.push_back(std::move(agent));
  state.allocate(state.agents.size() - 1, nullptr, now);
  return state.agents.size() - 1;
}

std::vector<std::string> ScriptedMaster::records(const std::string& stream) {
  const auto found = state_->streams.find(stream);
  if (found == state_->streams.end()) return {};
  auto& queue = found->second.records;
  std::vector<std::string> out(std::make_move_iterator(queue.begin()),
                               std::make_move_iterator(queue.end()));
  queue.clear();
  if (found->second.ended) state_->streams.erase(found);
  return out;
}

bool ScriptedMaster::ended(const std::string& stream) const {
  const auto found = state_->streams.find(stream);
  return found == state_->streams.end() || found->second.ended;
}

void ScriptedMaster::disconnect(const std::string& stream, Instant now) {
  const auto found = state_->streams.find(stream);
  if (found == state_->streams.end()) return;
  const auto owner = state_->frameworks.find(found->second.framework);
  state_->streams.erase(found);
  if (owner != state_->frameworks.end() && owner->second.stream == stream) {
    state_->disconnected(owner->second, now);
  }
}

void ScriptedMaster::allocate(Instant now) {
  State& state = *state_;
  state.next_cycle = now + state.options.allocation_interval;
  for (auto& [name, framework] : state.frameworks) {
    std::erase_if(framework.filters, [&](const auto& f) { return f.second.until <= now; });
  }
  state.allocate(std::nullopt, nullptr, now);
  for (std::size_t i = 0; i < state.agents.size(); ++i) state.invert(i, now);
}

void ScriptedMaster::pass(Instant now) {
  State& state = *state_;
  std::vector<std::string> over;
  for (auto& [name, framework] : state.frameworks) {
    while (!framework.stream.empty() && framework.heartbeat_at <= now) {
      state.say(framework, {{"type", "HEARTBEAT"}});
      framework.heartbeat_at += state.options.heartbeat_interval;
    }
    if (framework.gone_at && *framework.gone_at <= now) over.push_back(name);
  }
  for (const std::string& name : over) state.remove_framework(name, now);
  for (std::size_t i = 0; i < state.agents.size(); ++i) {
    Agent& agent = state.agents[i];
    if (agent.registers_at && *agent.registers_at <= now && agent.heard()) state.registers(i, now);
    if (!agent.silent_since) continue;
    const Duration limit = agent.view == View::recovering ? state.options.reregister_timeout
                                                          : state.options.agent_timeout;
    if (*agent.silent_since + limit <= now) state.unreachable(i, now);
  }
  while (!state.retries.empty() && state.retries.begin()->first <= now) {
    const auto [number, key] = state.retries.begin()->second;
    state.retries.erase(state.retries.begin());
    if (state.agents[number].heard()) state.forward(number, key, now);
    state.retry_later(number, key, now);
  }
  if (state.options.offer_timeout) {
    std::vector<std::string> old;
    for (const auto& [name, offer] : state.offers) {
      if (offer.made + *state.options.offer_timeout <= now) old.push_back(name);
    }
    for (const std::string& name : old) state.rescind(name);
  }
  if (state.next_cycle <= now) allocate(now);
}

std::optional<Instant> ScriptedMaster::wake_at() const {
  const State& state = *state_;
  Instant next = state.next_cycle;
  const auto earlier = [&](Instant time) { next = std::min(next, time); };
  for (const auto& [name, framework] : state.frameworks) {
    if (!framework.stream.empty()) earlier(framework.heartbeat_at);
    if (framework.gone_at) earlier(*framework.gone_at);
  }
  for (const Agent& agent : state.agents) {
    if (agent.registers_at && agent.heard()) earlier(*agent.registers_at);
    if (!agent.silent_since) continue;
    earlier(*agent.silent_since + (agent.view == View::recovering ? state.options.reregister_timeout
                                                                  : state.options.agent_timeout));
  }
  if (!state.retries.empty()) earlier(state.retries.begin()->first);
  if (state.options.offer_timeout) {
    for (const auto& [name, offer] : state.offers)
      earlier(offer.made + *state.options.offer_timeout);
  }
  return next;
}

std::vector<Order> ScriptedMaster::take_orders() {
  return std::exchange(state_->orders, {});
}

void ScriptedMaster::task_says(std::size_t agent, const std::string& framework,
                               const std::string& task, TaskStatus status, Instant now) {
  state_->executor_says(agent, {framework, task}, status, now);
}

bool ScriptedMaster::process_up(std::size_t agent) const {
  return state_->agents[agent].process;
}

AgentView ScriptedMaster::agent(std::size_t number) const {
  const Agent& agent = state_->agents[number];
  AgentView view;
  view.id = agent.id;
  view.state = word_of(agent.view);
  view.process_up = agent.process;
  view.total = scalars_of(agent.total);
  view.tasks = agent.tasks.size();
  Resources used, offered;
  for (const auto& [key, task] : agent.tasks) {
    if (!task.over && !task.info.is_null()) add(used, resources_of(task.info["resources"], "*"));
  }
  for (const auto& [name, offer] : state_->offers) {
    if (offer.agent == number) add(offered, offer.resources);
  }
  view.used = scalars_of(used);
  view.offered = scalars_of(offered);
  return view;
}

std::size_t ScriptedMaster::agents() const {
  return state_->agents.size();
}

std::vector<OfferView> ScriptedMaster::offers() const {
  std::vector<OfferView> all;
  for (const auto& [name, offer] : state_->offers) {
    all.push_back({name, offer.framework, offer.agent, offer.made});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return all;
}

std::vector<std::pair<std::size_t, std::string>> ScriptedMaster::living(
    const std::string& framework) const {
  std::vector<std::pair<std::size_t, std::string>> all;
  for (std::size_t i = 0; i < state_->agents.size(); ++i) {
    for (const auto& [key, task] : state_->agents[i].tasks) {
      if (key.first == framework && !task.over && !task.died) all.emplace_back(i, key.second);
    }
  }
  return all;
}

const std::map<std::string, std::uint64_t>& ScriptedMaster::task_ids() const {
  return state_->task_ids;
}

const std::vector<std::string>& ScriptedMaster::unknown_fields() const {
  return state_->unknown;
}

std::string ScriptedMaster::stream_of(const std::string& framework) const {
  const auto found = state_->frameworks.find(framework);
  return found == state_->frameworks.end() ? "" : found->second.stream;
}

}  // namespace retz::testing::mesos
