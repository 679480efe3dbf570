// Opening paths that others wrote, without ever leaving a directory.
#pragma once

#include <string>

namespace retz::local {

/// openat2 with RESOLVE_BENEATH: "..", absolute links and races cannot lead out of `directory`.
/// -1 and errno: EXDEV where a path would leave. On kernels before 5.6 links are not followed at
/// all (ELOOP).
int open_beneath(int directory, const std::string& path, int flags);

}  // namespace retz::local
