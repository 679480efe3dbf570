#include "local/users.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace retz::local {
namespace {

UnixUser from_entry(const passwd& entry) {
  UnixUser user{.name = entry.pw_name, .uid = entry.pw_uid, .gid = entry.pw_gid, .groups = {}};
  int count = 64;
  user.groups.resize(64);
  while (getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<std::size_t>(count));
  }
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

}  // namespace

Result<UnixUser> Users::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto at = known_.find(name);
  if (at != known_.end() && now < at->second.until) return at->second.answer;
  auto answer = look_up(name);
  known_.insert_or_assign(name, Known{answer, now + std::chrono::minutes(1)});
  return answer;
}

Result<UnixUser> Users::look_up(const std::string& name) const {
  std::array<char, 16384> buffer;
  passwd entry = {};
  passwd* found = nullptr;
  const uid_t own = geteuid();
  const bool as_self = own != 0 && name.empty();
  const std::string wanted = name.empty() ? standard_ : name;
  const int error = as_self
                        ? getpwuid_r(own, &entry, buffer.data(), buffer.size(), &found)
                        : getpwnam_r(wanted.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (as_self && found == nullptr) {
    return UnixUser{.name = std::to_string(own), .uid = own, .gid = getegid(), .groups = {}};
  }
  if (found == nullptr) {
    return fail(Errc::not_found,
                "no unix user \"" + wanted + "\" on this machine" +
                    (error == 0 ? "" : std::string(": ") + std::strerror(error)),
                "unix_user");
  }
  if (entry.pw_uid == 0 && own == 0 && !allow_root_) {
    return fail(Errc::forbidden, "jobs may not run as root here: name another unix_user",
                "unix_user");
  }
  if (own != 0 && entry.pw_uid != own) {
    return fail(Errc::forbidden,
                "the server does not run as root and cannot become \"" + wanted + "\"",
                "unix_user");
  }
  return from_entry(entry);
}

}  // namespace retz::local
