// Where the supervisor and its server meet: the names below a data directory.
#pragma once

#include <string>

#include "retz/ids.hpp"

namespace retz::launch {

inline constexpr const char* socket_name = "exec.sock";
inline constexpr const char* lock_name = "exec.lock";
inline constexpr const char* log_name = "exec.log";
inline constexpr const char* sandboxes_name = "sandboxes";
inline constexpr const char* cache_name = "cache";

// Of one attempt: `box` belongs to the job's user, the other two to the supervisor.
inline constexpr const char* box_name = "box";
inline constexpr const char* claim_name = "claim";
inline constexpr const char* exit_name = "exit";

/// "sandboxes/<job>/<attempt>", relative to the data directory.
std::string attempt_path(AttemptRef attempt);

/// The name of the cgroup tree of a data directory: its own, and the same after each restart.
std::string instance_name(const std::string& data);

}  // namespace retz::launch
