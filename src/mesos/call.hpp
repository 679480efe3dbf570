// Bodies of calls, as JSON.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mesos/framework.hpp"

namespace retz::mesos {

/// A task as reconciliation asks for it.
struct TaskName {
  std::string task_id = {};
  std::string agent_id = {};  // empty: not known
};

std::string subscribe_body(const FrameworkOptions& options, const std::string& framework_id);
/// `tasks`: TaskInfos, each in a LAUNCH of its own: one that Mesos refuses takes no other with it.
std::string accept_body(const std::string& framework_id, std::span<const std::string> offers,
                        std::span<const std::string> tasks, Duration refuse);
std::string decline_body(const std::string& framework_id, std::span<const std::string> offers,
                         Duration refuse);
/// REVIVE or SUPPRESS, of all roles.
std::string plain_body(const std::string& framework_id, const std::string& type);
std::string kill_body(const std::string& framework_id, const TaskName& task, Duration grace);
std::string acknowledge_body(const std::string& framework_id, const TaskName& task,
                             const std::string& uuid);
/// No tasks: implicit.
std::string reconcile_body(const std::string& framework_id, std::span<const TaskName> tasks);
std::string accept_inverse_body(const std::string& framework_id,
                                std::span<const std::string> inverse_offers);

/// What an ACCEPT or DECLINE was about, for when it went wrong.
struct Named {
  std::vector<std::string> offers = {};
  std::vector<std::string> tasks = {};
};
Named named_in(const Call& call);

}  // namespace retz::mesos
