// What a node must be like: constraints against a node's name and attributes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "retz/resources.hpp"
#include "retz/result.hpp"

namespace retz::model {

/// The value of an attribute; null: the node does not have it. `node` is its name, whatever the
/// attributes say. Requires: `attributes` sorted by name.
const std::string* value_of(std::string_view attribute, const std::string& node,
                            std::span<const Attribute> attributes);
bool meets(const Constraint& constraint, const std::string& node,
           std::span<const Attribute> attributes);
bool meets_all(std::span<const Constraint> constraints, const std::string& node,
               std::span<const Attribute> attributes);

/// Whether the whole of `text` matches: `*` any run, `?` any one character, `[a-z]` one of a set,
/// `[!a-z]` one outside of it, `\` takes the next character as it is. Bytes, no locale. At most
/// pattern times text steps, whatever the pattern. Requires: `good_pattern`.
bool matches(std::string_view pattern, std::string_view text);
/// Each `[` is closed and `\` is not the last.
bool good_pattern(std::string_view pattern);

/// Error: invalid_argument with the field as the user wrote it: `field` + "[0].attribute".
Result<void> validate(std::span<const Constraint> constraints, const std::string& field);

/// "rack=r1", "rack!=r1", "rack~r*", "rack in r1,r2": as people read it.
std::string to_text(const Constraint& constraint);

}  // namespace retz::model
