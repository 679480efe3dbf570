#include "local/beneath.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "launch/descriptor.hpp"

namespace retz::local {
namespace {

/// One step at a time, through nothing but real directories.
int walk(int directory, const std::string& path, int flags) {
  launch::Descriptor at(openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::size_t start = 0;
  while (at) {
    const auto end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    const bool last = path.find_first_not_of('/', end) == std::string::npos;
    if (part == "..") {
      errno = EXDEV;
      return -1;
    }
    const std::string name = part.empty() ? "." : part;
    if (last) return openat(at.get(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
    at = launch::Descriptor(
        openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    start = end + 1;
  }
  return -1;
}

/// Files that a kernel makes up, about the process that reads them among others.
bool is_made_up(int fd) {
  constexpr std::array<long, 8> kinds = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,      DEBUGFS_MAGIC,
                                         TRACEFS_MAGIC,       SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC,
                                         CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC};
  struct statfs system = {};
  if (fstatfs(fd, &system) != 0) return true;
  return std::find(kinds.begin(), kinds.end(), system.f_type) != kinds.end();
}

/// -1 and ENOSYS where the kernel has no openat2, or forbids it to us.
int openat2(int directory, const std::string& path, int flags, unsigned resolve) {
  open_how how = {};
  how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
  how.resolve = resolve;
  for (int i = 0; i < 100; ++i) {
    const long fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == EPERM) errno = ENOSYS;
    if (errno != EAGAIN) return -1;  // EAGAIN: something was renamed under the walk; once more
  }
  return -1;
}

}  // namespace

int open_beneath(int directory, const std::string& path, int flags) {
  if (path.find('\0') != std::string::npos) {
    errno = EINVAL;
    return -1;
  }
  const int fd = openat2(directory, path, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
  return fd < 0 && errno == ENOSYS ? walk(directory, path, flags) : fd;
}

int open_of_user(const std::string& path, int flags) {
  if (path.find('\0') != std::string::npos) {
    errno = EINVAL;
    return -1;
  }
  launch::Descriptor fd(openat2(AT_FDCWD, path, flags, RESOLVE_NO_MAGICLINKS));
  if (!fd && errno == ENOSYS) fd.reset(open(path.c_str(), flags | O_CLOEXEC));
  if (fd && is_made_up(fd.get())) {
    errno = EPERM;
    return -1;
  }
  return fd.release();
}

}  // namespace retz::local
