// The files of an agent's sandboxes, as /files/* and READ_FILE show them.
#pragma once

#include <filesystem>
#include <string>

#include "retz/http.hpp"

namespace retz::testing::mesos {

/// `work`: the agent's work_dir; only what lies in its sandboxes is shown.
http::Response agent_files(const std::filesystem::path& work, const http::Request& request);

}  // namespace retz::testing::mesos
