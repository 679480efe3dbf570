// Applications: whose they are, and that none goes away under its jobs.
#include <utility>

#include <fmt/format.h>

#include "runtime/commands.hpp"
#include "runtime/validation.hpp"

namespace retz::runtime {

Result<std::shared_ptr<const Application>> usable_application(const Core& core,
                                                              const std::string& name,
                                                              const std::string& user) {
  const auto found = core.applications.find(name);
  if (found == core.applications.end() || !may_touch(core, user, found->second->owner)) {
    return fail(Errc::not_found, fmt::format("no application '{}'", name), "application");
  }
  if (!found->second->enabled) {
    return fail(Errc::conflict, fmt::format("application '{}' is disabled", name), "application");
  }
  return found->second;
}

Result<Answer> apply(Core& core, Batch& batch, StoreApplication& command) {
  Application& wanted = command.application;
  if (auto valid = check(wanted); !valid) return tl::unexpected(std::move(valid.error()));
  const auto known = core.applications.find(wanted.name);
  if (known != core.applications.end() && !may_touch(core, command.user, known->second->owner)) {
    return fail(Errc::forbidden,
                fmt::format("the name '{}' is another user's; choose another", wanted.name),
                "name");
  }
  if (wanted.owner.empty()) {
    wanted.owner = known != core.applications.end() ? known->second->owner : command.user;
  }
  if (!may_touch(core, command.user, wanted.owner)) {
    return fail(Errc::forbidden, "only an administrator may give an application to another user",
                "owner");
  }
  if (known != core.applications.end() && *known->second == wanted) return Answer{};
  batch.writes.emplace_back(PutApplication{wanted});
  std::string name = wanted.name;
  core.applications[std::move(name)] = std::make_shared<const Application>(std::move(wanted));
  return Answer{};
}

Result<Answer> apply(Core& core, Batch& batch, RemoveApplication& command) {
  const auto known = core.applications.find(command.name);
  if (known == core.applications.end() || !may_touch(core, command.user, known->second->owner)) {
    return fail(Errc::not_found, fmt::format("no application '{}'", command.name), "name");
  }
  if (const std::uint64_t live = core.live.of_application(command.name); live > 0) {
    return fail(Errc::conflict,
                fmt::format("application '{}' has {} job{} waiting or running; kill them, or wait "
                            "for their end",
                            command.name, live, live == 1 ? "" : "s"),
                "name");
  }
  batch.writes.emplace_back(DeleteApplication{command.name});
  core.applications.erase(known);
  return Answer{};
}

}  // namespace retz::runtime
