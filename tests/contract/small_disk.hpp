// A disk that is soon full, for stores that must bear it.
#pragma once

#include <sys/mount.h>

#include <filesystem>

#include "contract/stores.hpp"

namespace retz {

/// A small file system of its own, away with its test. Needs root.
class SmallDisk {
 public:
  SmallDisk() {
    REQUIRE_MESSAGE(mount("none", folder_.path().c_str(), "tmpfs", 0, "size=2m") == 0,
                    "mounting a tmpfs needs root");
  }
  ~SmallDisk() { umount2(folder_.path().c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::filesystem::path path() const { return folder_.path(); }
  void read_only(bool on) {
    const unsigned long flags = on ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT;
    REQUIRE(mount("none", folder_.path().c_str(), nullptr, flags, "size=2m") == 0);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace retz
