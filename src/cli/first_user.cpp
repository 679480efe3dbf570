// The user that a fresh server starts with, and the file by which clients of this machine find it.
#include "cli/first_user.hpp"

#include <pwd.h>
#include <unistd.h>

#include "cli/properties.hpp"
#include "retz/signature.hpp"

namespace retz::cli {

User first_user() {
  User user;
  const auto* me = ::getpwuid(::geteuid());
  user.key_id = me != nullptr ? me->pw_name : "admin";
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (user.key_id.empty() || user.key_id.size() > 32 ||
      user.key_id.find_first_not_of(plain) != std::string::npos) {
    user.key_id = "admin";
  }
  user.secret = random_key();
  user.admin = true;
  user.info = "first user";
  return user;
}

Result<User> user_for_properties(const Store& store, const std::filesystem::path& file) {
  const auto users = store.users();
  if (!users) return tl::unexpected(users.error());
  const auto present = Properties::read(file);
  const auto named = present ? present->get("retz.access.key").value_or("") : "";
  const User* found = nullptr;
  for (const auto& user : *users) {
    if (!user.enabled) continue;
    if (user.key_id == named) return user;
    if (user.admin && found == nullptr) found = &user;
  }
  if (found == nullptr) return fail(Errc::not_found, "no enabled admin user is left");
  return *found;
}

std::string client_properties(const std::string& url, bool authentication, const User& user) {
  return "# Written by retz-server at each start. Keep it private: the secret signs requests.\n"
         "retz.server.uri = " +
         url + "\nretz.authentication = " + (authentication ? "true" : "false") +
         "\nretz.access.key = " + user.key_id + "\nretz.access.secret = " + user.secret + "\n";
}

}  // namespace retz::cli
