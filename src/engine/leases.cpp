// Leases and nodes coming and going. Nothing that was accepted is dropped because of it.
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

void Core::on(const MaintenancePlanned&) {}

void Core::on(const PolicyChanged&) {}

void Core::on(const NodeDrained& event) {
  pool_.set_draining(event.node, event.draining);
}

std::vector<NodeStatus> Core::nodes() const {
  std::vector<NodeStatus> all;
  for (pool::Pool::NodeView& n : pool_.nodes()) {
    all.push_back(
        {std::move(n.name), std::move(n.capacity), std::move(n.used), n.attempts, n.draining});
  }
  return all;
}

}  // namespace retz::engine
