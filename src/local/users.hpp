// Unix users that jobs run as.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "retz/result.hpp"

namespace retz::local {

struct UnixUser {
  std::string name;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
};

/// Asks the system's user database, and remembers an answer for a minute: it may sit on a network.
/// Threads: any.
class Users {
 public:
  Users(std::string standard, bool allow_root)
      : standard_(std::move(standard)), allow_root_(allow_root) {}
  /// Empty: the standard user; without root's rights everything runs as the server's own user.
  /// Error: not_found, forbidden.
  Result<UnixUser> find(const std::string& name);

 private:
  Result<UnixUser> look_up(const std::string& name) const;

  struct Known {
    Result<UnixUser> answer;
    std::chrono::steady_clock::time_point until;
  };
  std::string standard_;
  bool allow_root_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace retz::local
