// Archives into sandboxes, through libarchive.
#pragma once

#include <string>
#include <string_view>

#include "local/spawn.hpp"
#include "retz/result.hpp"

namespace retz::local {

/// By its name: .tar, .tar.gz, .tgz, .tar.bz2, .tbz2, .tar.xz, .txz, .tar.zst, .zip, .jar not.
bool is_archive(std::string_view name);

/// Unpacks the archive that `fd` reads into the calling thread's working directory. Refused as a
/// whole: an absolute path, a path with "..", a link that leads out, anything but files,
/// directories and links, or more than is allowed. Owner, set-id bits and extended attributes are
/// not taken over. Requires: the thread's umask and working directory are its own
/// (unshare(CLONE_FS)). Returns how many bytes it took: contents, and `entry_size` for each entry.
Result<std::int64_t> unpack_here(int fd, const Allowance& allowance);

inline constexpr std::int64_t entry_size = 4096;  // bytes: an empty file is not free

}  // namespace retz::local
