// What becomes of offers: leases, the stock, and declines.
#include <algorithm>
#include <utility>

#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

// While nobody waits the master is told to suppress offers anyway; REVIVE ends all filters.
constexpr Duration refuse_idle = std::chrono::seconds(60);

void move_all(std::vector<Offer>& from, std::vector<Offer>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
  from.clear();
}

Capacity capacity_on(const std::vector<Offer>& offers) {
  std::vector<Resource> all;
  for (const Offer& offer : offers) {
    all.insert(all.end(), offer.resources.begin(), offer.resources.end());
  }
  Capacity out = capacity_of(all);
  out.attributes = offers.back().attributes;
  return out;
}

}  // namespace

Holding* Core::holding_of(LeaseId lease) {
  const auto at = leases_.find(lease);
  return at == leases_.end() ? nullptr : &holdings_.at(at->second);
}

/// The lease is over, the offers are still ours.
void Core::loosen(Holding& holding) {
  leases_.erase(holding.lease);
  holding.lease = {};
  holding.looked_at = holding.leaving = false;
  move_all(holding.leased, holding.loose);
}

/// Decides on what is under no lease. The holding may be gone afterwards.
void Core::arrange(Holding& holding) {
  holdings_changed_ = true;
  if (holding.lease.value != 0) {
    if (!holding.loose.empty()) withdraw(holding, holding.unwanted);
    return;
  }
  if (holding.loose.empty()) {
    timers_.cancel(Deed::expire, holding.key);
    holdings_.erase(std::string(holding.key));
    return;
  }
  if (holding.unwanted) return decline(holding);
  Agent& agent = agents_.at(holding.agent_id);
  if (!agent.held_back.empty()) return launch_held_back(agent, holding);
  if (waiting_ == 0 && agent.node_known) {
    holding.stocked = true;
  } else {
    grant(holding);
  }
}

void Core::grant(Holding& holding) {
  Capacity capacity = capacity_on(holding.loose);
  if (capacity.amounts.cpus == 0 && capacity.amounts.mem == 0) {  // nothing that we may use
    holding.refuse = refuse_idle;
    return decline(holding);
  }
  holding.stocked = false;
  holding.lease = LeaseId{++last_lease_};
  holding.looked_at = holding.leaving = false;
  leases_.emplace(holding.lease, holding.key);
  move_all(holding.loose, holding.leased);
  Agent& agent = agents_.at(holding.agent_id);
  agent.node_known = true;
  post(LeaseGranted{holding.lease, agent.node, LeaseKind::once, std::move(capacity)},
       LookedAt{holding.lease});
}

void Core::withdraw(Holding& holding, bool unwanted) {
  holding.unwanted = unwanted;
  if (holding.leaving) return;
  holding.leaving = true;
  post(LeaseRevoked{holding.lease}, Left{holding.lease});
}

/// Requires: under no lease. The holding is gone afterwards.
void Core::decline(Holding& holding) {
  const Duration refuse = holding.refuse > Duration{0} ? holding.refuse
                          : waiting_ == 0              ? refuse_idle
                                                       : options_.refuse_time;
  std::vector<std::string>& declined = declines_[refuse];
  for (const Offer& offer : holding.loose) declined.push_back(offer.id);
  forget_offers(holding);
  timers_.cancel(Deed::expire, holding.key);
  holdings_.erase(std::string(holding.key));
}

void Core::expire(const std::string& key) {
  const auto at = holdings_.find(key);
  if (at == holdings_.end()) return;
  Holding& holding = at->second;
  if (holding.lease.value == 0) return decline(holding);
  if (holding.leaving && holding.unwanted) {
    // The engine does not answer: its store may be full. Others are not kept waiting for that; a
    // launch that was decided meanwhile finds its lease gone.
    loosen(holding);
    return decline(holding);
  }
  withdraw(holding, true);
  timers_.set(Deed::expire, key, now_ + options_.stock_time);
}

void Core::give_back(const ReturnLease& action) {
  Holding* const holding = holding_of(action.lease);
  if (holding == nullptr) return;
  loosen(*holding);
  if (holding->unwanted) return decline(*holding);
  if (waiting_ > 0) {  // its node is being drained
    holding->refuse = refuse_idle;
    return decline(*holding);
  }
  holding->stocked = true;
  holdings_changed_ = true;
}

void Core::want(const LeasesWanted& action) {
  const bool more = action.waiting > waiting_;
  waiting_ = action.waiting;
  if (waiting_ == 0) {
    timers_.set_if_none(Deed::suppress, {}, now_ + options_.stock_time);
    return;
  }
  timers_.cancel(Deed::suppress, {});
  revive_wanted_ = revive_wanted_ || more;
  std::vector<std::string> stocked;
  for (const auto& [key, holding] : holdings_) {
    if (holding.stocked && holding.lease.value == 0) stocked.push_back(key);
  }
  for (const std::string& key : stocked) {
    Holding& holding = holdings_.at(key);
    holding.stocked = false;
    arrange(holding);
  }
}

/// Of what nobody has used only so many are held.
void Core::trim() {
  if (!std::exchange(holdings_changed_, false)) return;
  std::uint32_t held = 0;
  std::vector<std::string> surplus;
  for (const auto& [key, holding] : holdings_) {
    const bool idle =
        holding.lease.value == 0 ? holding.stocked : holding.looked_at && !holding.leaving;
    if (!idle) continue;
    held += static_cast<std::uint32_t>(holding.loose.size() + holding.leased.size());
    if (held > options_.stock_max) surplus.push_back(key);
  }
  for (const std::string& key : surplus) {
    Holding& holding = holdings_.at(key);
    holding.lease.value == 0 ? decline(holding) : withdraw(holding, true);
  }
}

}  // namespace retz::mesos
