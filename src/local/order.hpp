// From a launch, as the engine decided it, to an order for retz-exec.
#pragma once

#include <filesystem>
#include <string>

#include "launch/wire.hpp"
#include "local/users.hpp"
#include "retz/cluster.hpp"

namespace retz::local {

/// `data`: the data directory, canonical. `gpus`: of this node.
launch::LaunchOrder make_order(const Launch& launch, const UnixUser& user,
                               const std::filesystem::path& data, const std::vector<Gpu>& gpus);

/// The job's own directory.
std::filesystem::path box_path(const std::filesystem::path& data, AttemptRef attempt);

}  // namespace retz::local
