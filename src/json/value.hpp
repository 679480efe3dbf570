// A parsed JSON text. Unlike nlohmann's own tree it keeps the digits of fractions as written, so
// that 0.1 cpus stays exactly one tenth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retz/result.hpp"

namespace retz::json {

struct Value {
  enum class Kind : std::uint8_t { null, boolean, integer, decimal, string, array, object };

  Kind kind = Kind::null;
  bool flag = false;              // of a boolean
  std::int64_t integer = 0;       // of an integer that fits 64 bits
  std::string text;               // of a string; the digits of a decimal
  std::vector<Value> items;       // of an array; the values of an object
  std::vector<std::string> keys;  // of an object, one for each item
};

/// How a message calls the kind: "a string".
std::string_view kind_name(Value::Kind kind) noexcept;

/// Strict JSON in UTF-8. Error: invalid_argument with line and column; deeper than 32 levels is
/// refused.
Result<Value> parse(std::string_view text);

}  // namespace retz::json
