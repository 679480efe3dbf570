// The JSON of the API itself; that of jobs and applications is retz/json.hpp's.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "retz/ids.hpp"
#include "retz/result.hpp"

namespace retz::server {

/// With quotes; bytes that are not UTF-8 become the replacement character.
std::string json_string(std::string_view text);
/// [1,2,3]
std::string id_list(const std::vector<JobId>& ids);
/// Flags of {"name": true, ...}, false where absent. An empty body is {}. Error: invalid_argument
/// naming the field; too_large.
Result<std::map<std::string, bool>> flags_of(std::string_view body,
                                             std::initializer_list<const char*> names);
/// [a,b] of what `text` gives for each item.
template <class Items, class Text>
std::string list_of(const Items& items, Text text) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += text(item);
  }
  out += ']';
  return out;
}

}  // namespace retz::server
