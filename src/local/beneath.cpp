#include "local/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

}  // namespace

int open_beneath(int directory, const std::string& path, int flags) {
  if (path.find('\0') != std::string::npos) {
    errno = EINVAL;
    return -1;
  }
  open_how how = {};
  how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < 100; ++i) {
    const long fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == ENOSYS || errno == EPERM) return walk(directory, path, flags);
    if (errno != EAGAIN) return -1;  // EAGAIN: something was renamed under the walk; once more
  }
  return -1;
}

}  // namespace retz::local
