// How the engine decides, as the properties of retz-server say.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/properties.hpp"
#include "retz/policy.hpp"
#include "retz/result.hpp"

namespace retz::cli {

/// One property: empty where it is not given. Marks it as known.
using PropertyText = std::function<std::string(const char* key)>;

/// Error: invalid_argument; `field` is the key.
Result<Policy> policy_from_properties(const PropertyText& text, const Properties* file);

/// "rack=r1,zone=z2". Error: invalid_argument.
Result<std::vector<Attribute>> attributes_from_text(const std::string& text);

/// Keys that hold a user's name at their end, for which no list of known keys can be.
bool is_user_key(std::string_view key);

}  // namespace retz::cli
