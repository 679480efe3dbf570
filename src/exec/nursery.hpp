// Where the directories of new jobs come into being, before they move to their place.
#pragma once

#include <cstdint>
#include <string>

#include "launch/descriptor.hpp"

namespace retz::exec {

/// ext4 puts an inode near its directory, and before it takes one it looks at each that was deleted
/// there in the last minutes (`recently_deleted` in its ialloc.c): where thousands of sandboxes
/// have just been removed, a new file costs milliseconds. What is made below a directory marked
/// FS_TOPDIR_FL is spread over the disk instead, and keeps its inodes there when it is renamed. A
/// place serves so many jobs as fill a good part of one block group, then the next is made.
/// Elsewhere the mark means nothing, and a job pays one rename. Threads: one.
class Nursery {
 public:
  /// `data` is borrowed.
  explicit Nursery(int data) : data_(data) {}
  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  /// The directory of a job, mode 0711, at `path` below the data directory; one that is there
  /// already is fine. False: errno says why.
  bool make(const std::string& path);

 private:
  void move_on();
  void leave();

  int data_;
  std::uint64_t born_ = 0;
  launch::Descriptor top_, place_;
  std::string place_name_;
};

}  // namespace retz::exec
