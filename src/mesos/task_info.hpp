// From a launch, as the engine decided it, to the description of a Mesos task.
#pragma once

#include <string>

#include "mesos/framework.hpp"
#include "retz/result.hpp"

namespace retz::mesos {

/// What the agent of the launch runs.
struct TaskSite {
  std::string task_id = {};
  std::string agent_id = {};
  std::string resources = {};  // a JSON array, as take() gives it
};

/// JSON. Error: unsupported, where it can never be launched as written.
Result<std::string> task_info(const Launch& launch, const FrameworkOptions& options,
                              const TaskSite& site);

}  // namespace retz::mesos
