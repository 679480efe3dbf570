// Opening paths that others wrote: never out of a directory, never into the server itself.
#pragma once

#include <string>

namespace retz::local {

/// openat2 with RESOLVE_BENEATH: "..", absolute links and races cannot lead out of `directory`.
/// -1 and errno: EXDEV where a path would leave. On kernels before 5.6 links are not followed at
/// all (ELOOP).
int open_beneath(int directory, const std::string& path, int flags);

/// An absolute path of a user's, opened with the rights that the thread has. Links are followed,
/// but not those of /proc that stand for open files: they would be the server's. What the kernel
/// itself tells of processes and devices is no file to be fetched: EPERM. On kernels before 5.6
/// every file below /proc is refused by its file system alone.
int open_of_user(const std::string& path, int flags);

}  // namespace retz::local
