// Leases and nodes coming and going. Nothing that was accepted is dropped because of it.
#include <string>

#include "engine/core.hpp"

namespace retz::engine {

void Core::on(const LeaseGranted& event) {
  pool_.grant(event);
}

void Core::on(const LeaseRevoked& event) {
  pool_.revoke(event.lease);
}

void Core::on(const NodeLost& event) {
  for (const AttemptRef& ref : pool_.lose(event.node)) {
    end_attempt(*job(ref.job), {OutcomeKind::node_lost, -1, 0, "node " + event.node + " was lost"},
                {});
  }
}

void Core::on(const MaintenancePlanned& event) {
  const std::vector<MaintenanceWindow>& windows = event.windows;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const bool apart = i == 0 || windows[i - 1].until <= windows[i].from;
    if (windows[i].from < windows[i].until && apart) continue;
    return refuse({}, {Errc::invalid_argument,
                       "the maintenance windows of node " + event.node +
                           " must begin before they end, be sorted, and not overlap",
                       "windows[" + std::to_string(i) + "]"});
  }
  set_maintenance(event.node, windows);
}

void Core::set_maintenance(const std::string& node, std::vector<MaintenanceWindow> windows) {
  std::erase_if(windows, [this](const MaintenanceWindow& w) { return w.until <= now_; });
  const auto known = maintenance_.find(node);
  if (known == maintenance_.end() ? windows.empty() : known->second == windows) return;
  step_.changes.emplace_back(MaintenanceChanged{node, windows});
  if (known != maintenance_.end()) {
    maintenance_ends_.erase({known->second.front().until, node});
    maintenance_.erase(known);
  }
  if (windows.empty()) return;
  maintenance_ends_.emplace(windows.front().until, node);
  maintenance_.emplace(node, std::move(windows));
}

void Core::forget_past_maintenance() {
  while (!maintenance_ends_.empty() && maintenance_ends_.begin()->first <= now_) {
    const std::string node = maintenance_ends_.begin()->second;
    set_maintenance(node, maintenance_.at(node));
  }
}

void Core::on(const NodeDrained& event) {
  pool_.set_draining(event.node, event.draining);
}

std::vector<NodeStatus> Core::nodes() const {
  std::vector<NodeStatus> all;
  for (pool::Pool::NodeView& n : pool_.nodes()) {
    const auto windows = maintenance_.find(n.name);
    all.push_back(
        {n.name, std::move(n.capacity), std::move(n.used), n.attempts, n.draining,
         windows == maintenance_.end() ? std::vector<MaintenanceWindow>{} : windows->second});
  }
  return all;
}

}  // namespace retz::engine
