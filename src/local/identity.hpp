// Doing file work as somebody else, in one thread of a process that stays root.
#pragma once

#include <sys/types.h>

#include <vector>

#include "local/users.hpp"

namespace retz::local {

/// While it lives, the calling thread reaches files with exactly the rights of the user, and what
/// it makes is the user's. Without root's rights, or for root, it changes nothing.
class ActAs {
 public:
  explicit ActAs(const UnixUser& user);
  ~ActAs();
  ActAs(const ActAs&) = delete;
  ActAs& operator=(const ActAs&) = delete;
  /// False: the identity could not be taken; touch nothing.
  bool ok() const { return ok_; }

 private:
  bool changed_ = false;
  bool ok_ = true;
  std::vector<gid_t> groups_;  // the process's own
};

}  // namespace retz::local
