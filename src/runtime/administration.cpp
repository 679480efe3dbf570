// What operators do: users, nodes and the policy.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/kept_state.hpp"
#include "runtime/validation.hpp"

namespace retz::runtime {

namespace {

Result<void> check_node(const Core& core, const std::string& name) {
  const std::vector<NodeStatus> nodes = core.engine.nodes();
  const bool known = core.draining.contains(name) ||
                     std::any_of(nodes.begin(), nodes.end(),
                                 [&](const NodeStatus& node) { return node.name == name; });
  if (!known) return fail(Errc::not_found, fmt::format("no node '{}'", name), "node");
  return {};
}

/// Sorted; what overlaps or touches becomes one.
std::vector<MaintenanceWindow> united(std::vector<MaintenanceWindow> windows) {
  std::sort(windows.begin(), windows.end());
  std::vector<MaintenanceWindow> out;
  for (const MaintenanceWindow& window : windows) {
    if (!out.empty() && window.from <= out.back().until) {
      out.back().until = std::max(out.back().until, window.until);
    } else {
      out.push_back(window);
    }
  }
  return out;
}

/// By its name alone a part is found again after a restart.
template <class Part>
Result<void> check_part(const std::shared_ptr<const Part>& part, const char* field,
                        Result<std::shared_ptr<const Part>> (*make)(std::string_view)) {
  if (!part) return {};
  const Result<std::shared_ptr<const Part>> made = make(part->name());
  if (!made) return fail(Errc::invalid_argument, made.error().message, field);
  return {};
}

Result<void> check_parts(const Policy& policy) {
  if (auto ok = check_part(policy.ordering, "ordering", make_ordering); !ok) return ok;
  if (auto ok = check_part(policy.backfill_order, "backfill_order", make_ordering); !ok) return ok;
  if (auto ok = check_part(policy.planner, "planner", make_planner); !ok) return ok;
  return check_part(policy.fit_rule, "fit_rule", make_fit_rule);
}

}  // namespace

Result<Answer> apply(Core& core, Batch& batch, StoreUser& command) {
  if (auto valid = check(command.user); !valid) return tl::unexpected(std::move(valid.error()));
  batch.writes.emplace_back(PutUser{command.user});
  std::string key_id = command.user.key_id;
  core.users[std::move(key_id)] = std::move(command.user);
  return Answer{};
}

Result<Answer> apply(Core& core, Batch& batch, DrainNode& command) {
  if (auto known = check_node(core, command.node); !known) return tl::unexpected(known.error());
  if (core.draining.contains(command.node) == command.draining) return Answer{};
  const std::vector<Event> events{{NodeDrained{command.node, command.draining}}};
  step(core, batch, events, Pass::none);
  return Answer{};
}

Result<Answer> apply(Core& core, Batch& batch, PlanMaintenance& command) {
  if (auto known = check_node(core, command.node); !known) return tl::unexpected(known.error());
  for (const MaintenanceWindow& window : command.windows) {
    if (window.from < window.until) continue;
    return fail(Errc::invalid_argument, "a maintenance window ends after it begins", "maintenance");
  }
  const std::vector<Event> events{
      {MaintenancePlanned{command.node, united(std::move(command.windows))}}};
  if (auto refusal = step(core, batch, events, Pass::none)) {
    return tl::unexpected(std::move(refusal->error));
  }
  return Answer{};
}

Result<Answer> apply(Core& core, Batch& batch, SetPolicy& command) {
  if (auto named = check_parts(command.policy); !named) {
    return tl::unexpected(std::move(named.error()));
  }
  const std::vector<Event> events{{PolicyChanged{command.policy}}};
  if (auto refusal = step(core, batch, events, Pass::none)) {
    return tl::unexpected(std::move(refusal->error));
  }
  core.options.engine.policy = std::move(command.policy);
  core.board.publish_policy(core.options.engine.policy);
  batch.writes.emplace_back(kept_policy(core.configured, core.options.engine.policy));
  return Answer{};
}

}  // namespace retz::runtime
