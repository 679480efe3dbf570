// What the engine remembers beside jobs and attempts, as small named states of the store: who used
// what, which node started something when, maintenance, and a policy that was set while running.
#pragma once

#include <string>
#include <vector>

#include "retz/engine.hpp"
#include "retz/store.hpp"

namespace retz::runtime {

SetState kept(const NodeUsed& change);
SetState kept(const UsageChanged& change);
/// Without windows: removes it.
SetState kept(const MaintenanceChanged& change);

/// What of a snapshot is kept so. Error: storage_corrupt naming a state that is not what we wrote;
/// what the store says.
Result<void> read_kept(const Store& store, Snapshot& snapshot);

/// The policy that was set while running, as long as the configuration is the one it was set over:
/// who changes the configuration means it.
SetState kept_policy(const Policy& configured, const Policy& set);
SetState forgotten_policy();
struct KeptPolicy {
  std::optional<Policy> policy = {};
  bool outdated = false;  // there is one, of another configuration
};
/// Error: what the store says.
Result<KeptPolicy> read_policy(const Store& store, const Policy& configured);

}  // namespace retz::runtime
