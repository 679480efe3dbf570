// Offers: who gets which, what is refused for how long, what comes back.
#include <algorithm>

#include "support/mesos/model.hpp"

namespace retz::testing::mesos {
namespace {

bool allocatable(const Resources& all) {
  return scalar(all, "cpus") >= 10 || scalar(all, "mem") >= 32'000;
}

/// Of what is free, what a role may have.
Resources part_for(const Resources& free, const Framework& framework, const std::string& role) {
  Resources part;
  for (const Resource& one : free) {
    if (!one.reserved.empty() && one.reserved != role) continue;
    if (one.revocable && !framework.can("REVOCABLE_RESOURCES")) continue;
    part.push_back(one);
  }
  return allocated(std::move(part), role);
}

}  // namespace

bool ScriptedMaster::State::wants(const Framework& framework, const std::string& role,
                                  std::size_t agent, const Resources& part, Instant now) const {
  if (framework.suppressed.count(role) != 0) return false;
  const Agent& from = agents[agent];
  if (from.gpus() && !framework.can("GPU_RESOURCES")) return false;
  if (!from.spec.region.empty() && from.spec.region != options.region &&
      !framework.can("REGION_AWARE")) {
    return false;
  }
  const auto [first, last] = framework.filters.equal_range(agent);
  return std::none_of(first, last, [&](const auto& entry) {
    const Filter& filter = entry.second;
    return filter.role == role && filter.until > now && contains(filter.refused, part);
  });
}

void ScriptedMaster::State::allocate(std::optional<std::size_t> only, const std::string* to,
                                     Instant now) {
  std::vector<std::pair<Framework*, std::string>> takers;
  for (auto& [name, framework] : frameworks) {
    if (framework.stream.empty() || (to != nullptr && *to != name)) continue;
    for (const std::string& role : framework.roles) takers.emplace_back(&framework, role);
  }
  if (takers.empty()) return;
  std::size_t turn = random.below(takers.size());
  std::map<std::string, json> made;
  const std::size_t first = only.value_or(0), last = only ? *only + 1 : agents.size();
  for (std::size_t i = first; i < last; ++i) {
    Agent& agent = agents[i];
    if (agent.view != Agent::View::registered || agent.draining || !allocatable(agent.free)) {
      continue;
    }
    for (std::size_t k = 0; k < takers.size(); ++k) {
      auto& [framework, role] = takers[(turn + k) % takers.size()];
      Resources part = part_for(agent.free, *framework, role);
      if (!allocatable(part) || !wants(*framework, role, i, part, now)) continue;
      const std::string name = next_offer_id();
      subtract(agent.free, allocated(part, ""));
      offers[name] = {framework->id, role, i, std::move(part), now};
      made[framework->id].push_back(offer_json(name, *framework));
      turn += k + 1;
      break;
    }
  }
  for (auto& [name, list] : made) {
    say(frameworks.at(name), {{"type", "OFFERS"}, {"offers", {{"offers", std::move(list)}}}});
  }
}

json ScriptedMaster::State::offer_json(const std::string& name, const Framework& framework) const {
  const Offer& offer = offers.at(name);
  const Agent& agent = agents[offer.agent];
  json out = {
      {"id", {{"value", name}}},
      {"framework_id", {{"value", offer.framework}}},
      {"agent_id", {{"value", agent.id}}},
      {"hostname", agent.spec.hostname},
      {"url",
       {{"scheme", "http"},
        {"path", "/slave(1)"},
        {"address",
         {{"hostname", agent.spec.hostname}, {"ip", "127.0.0.1"}, {"port", agent.spec.port}}}}}};
  const bool multi = framework.can("MULTI_ROLE");
  out["resources"] = to_json(offer.resources, framework.can("RESERVATION_REFINEMENT"), multi);
  if (multi) out["allocation_info"]["role"] = offer.role;
  if (!agent.attributes.empty()) out["attributes"] = agent.attributes;
  if (!agent.spec.region.empty()) {
    out["domain"]["fault_domain"] = {{"region", {{"name", agent.spec.region}}},
                                     {"zone", {{"name", agent.spec.zone}}}};
  }
  if (agent.maintenance) {
    out["unavailability"] = {
        {"start", {{"nanoseconds", micros(agent.maintenance->first) * 1000}}},
        {"duration", {{"nanoseconds", agent.maintenance->second.count() * 1000}}}};
  }
  return out;
}

void ScriptedMaster::State::give_back(const std::string& name) {
  const auto found = offers.find(name);
  const Offer offer = std::move(found->second);
  offers.erase(found);
  add(agents[offer.agent].free, allocated(offer.resources, ""));
}

void ScriptedMaster::State::filter(Framework& framework, const Offer& offer,
                                   const Resources& refused, const json& filters, Instant now) {
  double seconds = filters.value("refuse_seconds", 5.0);
  if (seconds < 0) seconds = 5.0;
  if (seconds == 0 || refused.empty()) return;
  const Duration wait(static_cast<std::int64_t>(std::min(seconds, 365.0 * 86400) * 1e6));
  framework.filters.emplace(
      offer.agent, Filter{offer.role, refused, now + std::max(wait, options.allocation_interval)});
}

void ScriptedMaster::State::rescind(const std::string& name) {
  const auto found = offers.find(name);
  if (found == offers.end()) return;
  const auto owner = frameworks.find(found->second.framework);
  give_back(name);
  if (owner == frameworks.end()) return;
  say(owner->second, {{"type", "RESCIND"}, {"rescind", {{"offer_id", {{"value", name}}}}}});
}

void ScriptedMaster::State::rescind_of(std::size_t agent) {
  std::vector<std::string> held;
  for (const auto& [name, offer] : offers) {
    if (offer.agent == agent) held.push_back(name);
  }
  std::sort(held.begin(), held.end());
  for (const std::string& name : held) rescind(name);
}

void ScriptedMaster::State::decline(Framework& framework, const json& decline, Instant now) {
  for (const json& given : decline.value("offer_ids", json::array())) {
    const auto found = offers.find(given["value"].get<std::string>());
    if (found == offers.end() || found->second.framework != framework.id) continue;
    const Offer offer = found->second;
    give_back(found->first);
    filter(framework, offer, offer.resources, decline.value("filters", json::object()), now);
  }
}

void ScriptedMaster::State::roles_call(Framework& framework, const json& body, bool revive,
                                       Instant now) {
  std::set<std::string> named = body.value("roles", std::set<std::string>{});
  for (const std::string& role : named) {
    if (framework.roles.count(role) == 0) return;  // dropped, wholly
  }
  if (named.empty()) named = framework.roles;
  if (!revive) {
    framework.suppressed.insert(named.begin(), named.end());
    return;
  }
  for (const std::string& role : named) framework.suppressed.erase(role);
  std::erase_if(framework.filters,
                [&](const auto& entry) { return named.count(entry.second.role) != 0; });
  allocate(std::nullopt, &framework.id, now);
}

void ScriptedMaster::State::invert(std::size_t number, Instant now) {
  const Agent& agent = agents[number];
  if (!agent.maintenance || agent.view != Agent::View::registered) return;
  for (auto& [name, framework] : frameworks) {
    const bool concerned = std::any_of(framework.tasks.begin(), framework.tasks.end(),
                                       [&](const auto& t) { return t.second.agent == number; });
    const bool asked =
        std::any_of(inverse_offers.begin(), inverse_offers.end(),
                    [&, n = name](const auto& o) { return o.second == std::pair(n, number); });
    const auto quiet = inverse_quiet.find({name, number});
    if (!concerned || asked || (quiet != inverse_quiet.end() && quiet->second > now)) continue;
    const std::string inverse = next_offer_id();
    inverse_offers[inverse] = {name, number};
    json one = {{"id", {{"value", inverse}}},
                {"framework_id", {{"value", name}}},
                {"agent_id", {{"value", agent.id}}}};
    one["unavailability"] = {
        {"start", {{"nanoseconds", micros(agent.maintenance->first) * 1000}}},
        {"duration", {{"nanoseconds", agent.maintenance->second.count() * 1000}}}};
    say(framework, {{"type", "INVERSE_OFFERS"},
                    {"inverse_offers", {{"inverse_offers", json::array({std::move(one)})}}}});
  }
}

}  // namespace retz::testing::mesos
