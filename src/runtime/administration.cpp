// What operators do: users and drained nodes.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/validation.hpp"

namespace retz::runtime {

Result<Answer> apply(Core& core, Batch& batch, StoreUser& command) {
  if (auto valid = check(command.user); !valid) return tl::unexpected(std::move(valid.error()));
  batch.writes.emplace_back(PutUser{command.user});
  std::string key_id = command.user.key_id;
  core.users[std::move(key_id)] = std::move(command.user);
  return Answer{};
}

Result<Answer> apply(Core& core, Batch& batch, DrainNode& command) {
  const std::vector<NodeStatus> nodes = core.engine.nodes();
  const bool known = core.draining.contains(command.node) ||
                     std::any_of(nodes.begin(), nodes.end(),
                                 [&](const NodeStatus& node) { return node.name == command.node; });
  if (!known) return fail(Errc::not_found, fmt::format("no node '{}'", command.node), "node");
  if (core.draining.contains(command.node) == command.draining) return Answer{};
  const std::vector<Event> events{{NodeDrained{command.node, command.draining}}};
  step(core, batch, events, Pass::none);
  return Answer{};
}

}  // namespace retz::runtime
