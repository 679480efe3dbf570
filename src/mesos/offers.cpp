// Offers coming and going, and the agents behind them.
#include "mesos/core.hpp"

#include <algorithm>
#include <utility>

namespace retz::mesos {
namespace {

std::string key_of(const Offer& offer) {
  return offer.agent_id + '\n' + offer.role;
}

}  // namespace

void Core::on(Offers& event) {
  offered_since_ += event.offers.size();
  std::vector<std::string> keys;
  for (Offer& offer : event.offers) {
    if (offers_.contains(offer.id)) continue;
    keys.push_back(key_of(offer));
    add(std::move(offer));
  }
  for (const std::string& key : keys) {
    const auto at = holdings_.find(key);
    if (at != holdings_.end()) arrange(at->second);
  }
}

void Core::add(Offer offer) {
  const auto met = agents_.meet(offer.agent_id, offer.hostname, offer.address);
  if (met.changed) {
    post(StateReported{std::string(agent_state_prefix) + met.agent->node,
                       Agents::stored(*met.agent)});
  }
  note_window(*met.agent, offer.unavailable);
  const std::string key = key_of(offer);
  const auto [at, added] = holdings_.try_emplace(key);
  Holding& holding = at->second;
  if (added) {
    holding.key = key;
    holding.agent_id = offer.agent_id;
    timers_.set(Deed::expire, key, now_ + options_.stock_time);
  }
  offers_.emplace(offer.id, key);
  holding.loose.push_back(std::move(offer));
}

void Core::note_window(Agent& agent, const std::optional<MaintenanceWindow>& window) {
  if (agent.window == window || agent.node.empty()) return;
  agent.window = window;
  MaintenancePlanned planned{agent.node, {}};
  if (window) planned.windows.push_back(*window);
  post(std::move(planned));
}

void Core::on(const Rescind& event) {
  const auto at = offers_.find(event.offer_id);
  if (at == offers_.end()) return;
  Holding& holding = holdings_.at(at->second);
  offers_.erase(at);
  const auto is_it = [&](const Offer& offer) { return offer.id == event.offer_id; };
  std::erase_if(holding.loose, is_it);
  // A launch that is under way has to do with what is left.
  if (std::erase_if(holding.leased, is_it) > 0) return withdraw(holding, holding.unwanted);
  if (holding.lease.value == 0) arrange(holding);
}

void Core::on(const InverseOffers& event) {
  std::vector<std::string> ids;
  for (const InverseOffer& offer : event.offers) {
    ids.push_back(offer.id);
    if (Agent* const agent = agents_.find(offer.agent_id)) note_window(*agent, offer.window);
  }
  // What runs into the window is re-run elsewhere; what has not begun avoids it.
  if (!ids.empty()) call("ACCEPT_INVERSE_OFFERS", accept_inverse_body(id_, ids));
}

void Core::forget_offers(const Holding& holding) {
  for (const Offer& offer : holding.loose) offers_.erase(offer.id);
  for (const Offer& offer : holding.leased) offers_.erase(offer.id);
}

void Core::drop_offers_of(const std::string& agent_id) {
  for (auto at = holdings_.lower_bound(agent_id + '\n'); at != holdings_.end();) {
    Holding& holding = at->second;
    if (holding.agent_id != agent_id) break;
    if (holding.lease.value != 0) {
      leases_.erase(holding.lease);
      if (!holding.leaving) post(LeaseRevoked{holding.lease});
    }
    forget_offers(holding);
    timers_.cancel(Deed::expire, holding.key);
    at = holdings_.erase(at);
  }
}

void Core::on(const AgentFailed& event) {
  Agent* const agent = agents_.find(event.agent_id);
  if (agent == nullptr) return;
  notice(1, "agent " + event.agent_id + " on " + agent->hostname + " is lost to the master");
  agent->unreachable = true;
  drop_offers_of(event.agent_id);
  const std::deque<std::string> held_back = std::exchange(agent->held_back, {});
  for (const std::string& id : held_back) {
    Task* const task = find_task(id);
    if (task != nullptr && task->held_back) {
      end(*task, {OutcomeKind::node_lost, -1, 0, "its agent was lost before it was launched"});
    }
  }
  lose_node(event.agent_id);
}

/// Once nothing of ours can still run there.
void Core::lose_node(const std::string& agent_id) {
  const Agent* const agent = agents_.find(agent_id);
  if (agent == nullptr || !agent->unreachable || agent->tasks > 0) return;
  // Its name may be another's by now, who came back on the same host: that node lives.
  const bool named = agents_.id_of(agent->node) == agent_id;
  if (named && agent->node_known) post(NodeLost{agent->node});
  if (named && !agent->node.empty()) {
    post(StateReported{std::string(agent_state_prefix) + agent->node, {}});
  }
  agents_.forget(agent_id);
}

void Core::void_all_offers() {
  for (const auto& [key, holding] : holdings_) {
    if (holding.lease.value != 0 && !holding.leaving) post(LeaseRevoked{holding.lease});
    timers_.cancel(Deed::expire, key);
  }
  holdings_.clear();
  leases_.clear();
  offers_.clear();
  declines_.clear();
}

}  // namespace retz::mesos
