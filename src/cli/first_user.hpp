// The user that a fresh server starts with, and the file by which clients of this machine find it.
#pragma once

#include <filesystem>
#include <string>

#include "retz/result.hpp"
#include "retz/store.hpp"

namespace retz::cli {

/// An admin named after the unix user, with a new secret.
User first_user();

/// Whom client.properties shall speak for: the user it already names where that one is there and
/// enabled, else the first enabled admin. Error: not_found.
Result<User> user_for_properties(const Store& store, const std::filesystem::path& file);

/// Its text.
std::string client_properties(const std::string& url, bool authentication, const User& user);

}  // namespace retz::cli
