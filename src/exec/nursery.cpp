#include "exec/nursery.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "launch/layout.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

constexpr std::uint64_t jobs_a_place = 1000;
constexpr const char* newborn = "job";
const std::string top_path = std::string(launch::sandboxes_name) + "/.new";

bool make_directory(int parent, const std::string& path) {
  return mkdirat(parent, path.c_str(), 0711) == 0 || errno == EEXIST;
}

Descriptor open_directory(int parent, const std::string& path) {
  return Descriptor(openat(parent, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

/// Another name each time: ext4 seeks a place from the hash of the name on.
std::string fresh_name() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::to_string(now.tv_sec) + "." + std::to_string(now.tv_nsec);
}

}  // namespace

Nursery::~Nursery() {
  leave();
  unlinkat(data_, top_path.c_str(), AT_REMOVEDIR);
}

void Nursery::leave() {
  if (!place_) return;
  place_.reset();
  unlinkat(top_.get(), place_name_.c_str(), AT_REMOVEDIR);
}

void Nursery::move_on() {
  leave();
  if (!top_) {
    make_directory(data_, launch::sandboxes_name);
    make_directory(data_, top_path);
    top_ = open_directory(data_, top_path);
    int flags = 0;
    if (ioctl(top_.get(), FS_IOC_GETFLAGS, &flags) == 0) {
      flags |= FS_TOPDIR_FL;
      ioctl(top_.get(), FS_IOC_SETFLAGS, &flags);
    }
  }
  place_name_ = fresh_name();
  if (make_directory(top_.get(), place_name_)) place_ = open_directory(top_.get(), place_name_);
}

bool Nursery::make(const std::string& path) {
  if (born_++ % jobs_a_place == 0) move_on();
  if (place_ && make_directory(place_.get(), newborn)) {
    if (renameat(place_.get(), newborn, data_, path.c_str()) == 0) return true;
    unlinkat(place_.get(), newborn, AT_REMOVEDIR);
  }
  return make_directory(data_, path);
}

}  // namespace retz::exec
