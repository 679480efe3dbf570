#include "local/identity.hpp"

#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace retz::local {
namespace {

// glibc's setgroups changes all threads; the system call changes the calling one.
bool set_groups(const std::vector<gid_t>& groups) {
  return syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

constexpr uid_t ask = static_cast<uid_t>(-1);  // setfsuid(-1) changes nothing and tells

}  // namespace

ActAs::ActAs(const UnixUser& user) {
  if (geteuid() != 0 || user.uid == 0) return;
  changed_ = true;
  const int count = getgroups(0, nullptr);
  groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  static_cast<void>(getgroups(count, groups_.data()) < 0);
  const bool grouped = set_groups(user.groups);
  setfsgid(user.gid);
  setfsuid(user.uid);
  ok_ = grouped && setfsgid(ask) == static_cast<int>(user.gid) &&
        setfsuid(ask) == static_cast<int>(user.uid);
}

ActAs::~ActAs() {
  if (!changed_) return;
  setfsuid(geteuid());
  setfsgid(getegid());
  set_groups(groups_);
}

}  // namespace retz::local
