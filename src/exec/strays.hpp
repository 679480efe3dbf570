// Processes of a job where there is no cgroup to ask: found by the sandbox in their environment.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace retz::exec {

/// All processes (never this one) with RETZ_SANDBOX equal to `sandbox`, or, with `below`, starting
/// with it. Those that hide their environment escape; cgroups have no such hole. Nothing: unknown,
/// because they could not be read (no free descriptor).
std::optional<std::vector<pid_t>> strays(const std::string& sandbox, bool below = false);

}  // namespace retz::exec
