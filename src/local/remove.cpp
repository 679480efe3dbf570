#include "local/remove.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "launch/descriptor.hpp"

namespace retz::local {
namespace {

using launch::Descriptor;

constexpr int depth_max = 16;

/// Goes down a few levels; what lies deeper is moved up to the top first, and is then not deep.
class Removal {
 public:
  explicit Removal(int top) : top_(top) {}

  void empty_top() {
    do {
      moved_ = false;
      empty(Descriptor(openat(top_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), 0);
    } while (moved_);
  }

 private:
  struct Close {
    void operator()(DIR* directory) const { closedir(directory); }
  };

  void empty(Descriptor fd, int depth) {
    const std::unique_ptr<DIR, Close> directory(fd ? fdopendir(fd.get()) : nullptr);
    if (!directory) return;
    const int here = fd.release();  // the stream closes it
    // Without root's rights, one's own directory may be closed to oneself.
    if (geteuid() != 0) fchmod(here, 0700);
    while (const dirent* entry = readdir(directory.get())) {
      const char* name = entry->d_name;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
      if (unlinkat(here, name, 0) == 0) continue;
      if (errno != EISDIR && errno != EPERM) continue;
      if (unlinkat(here, name, AT_REMOVEDIR) == 0) continue;
      if (depth == depth_max) {
        move_up(here, name);
      } else {
        empty(open_child(here, name), depth + 1);
        unlinkat(here, name, AT_REMOVEDIR);
      }
    }
  }

  static Descriptor open_child(int parent, const char* name) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Descriptor fd(openat(parent, name, flags));
    if (!fd && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0) {
      fd.reset(openat(parent, name, flags));
    }
    return fd;
  }

  void move_up(int parent, const char* name) {
    do {
      const std::string fresh = ".removed." + std::to_string(++names_);
      if (renameat(parent, name, top_, fresh.c_str()) == 0) {
        moved_ = true;
        return;
      }
    } while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
  }

  int top_;
  bool moved_ = false;  // there is more to do at the top
  std::uint64_t names_ = 0;
};

}  // namespace

bool remove_tree(int directory, const std::string& name) {
  if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  const Descriptor top(
      openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top) return false;
  Removal(top.get()).empty_top();
  return unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0;
}

}  // namespace retz::local
