// How responses look on the wire, and errors that the transport itself answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "retz/http.hpp"

namespace retz::http {

/// What the request allows its response to be.
struct ResponseRules {
  bool keep_alive = true;
  bool http11 = true;      // chunked coding may be used
  bool head_only = false;  // HEAD: no body, but the length it would have
};

enum class Framing : std::uint8_t { length, chunked, until_close };

/// Status line and fields, ended by the empty line.
std::string head_of(const Response& response, ResponseRules rules, Framing framing,
                    std::uint64_t length);

/// {"error": {...}} as the API writes it; `message` needs no escaping.
Response refusal(int status, std::string_view code, std::string_view message);

/// Case-insensitive, as field names are.
bool same_name(std::string_view a, std::string_view b);

}  // namespace retz::http
