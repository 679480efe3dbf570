#include "mesos/json_members.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace retz::mesos {
namespace {

using Json = nlohmann::json;

/// Length of the UTF-8 sequence at the front; 0: none.
std::size_t sequence(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80) return 0;
  }
  const bool odd = (first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F) ||
                   (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F);
  return odd ? 0 : length;
}

std::string with_question_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence(text);
    if (length == 0) {
      out += '?';
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

std::string text(const Json& object, const char* name) {
  const Json& found = member(object, name);
  return found.is_string() ? found.get_ref<const std::string&>() : std::string();
}

std::string value(const Json& object, const char* name) {
  return text(member(object, name), "value");
}

std::optional<std::int64_t> integer(const Json& object, const char* name) {
  const Json& found = member(object, name);
  if (!found.is_number_integer()) return std::nullopt;
  if (found.is_number_unsigned() && found.get<std::uint64_t>() > INT64_MAX) return INT64_MAX;
  return found.get<std::int64_t>();
}

std::int64_t thousandths(const Json& number) {
  if (!number.is_number()) return 0;
  constexpr double most = 1e15;  // doubles tell thousandths apart up to here
  const double given = number.get<double>();
  if (!(given > -most)) return std::llround(-most);
  if (given > most) return std::llround(most);
  return std::llround(given * 1000);
}

Json parse(std::string_view json) {
  Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) parsed = Json::parse(with_question_marks(json), nullptr, false);
  return parsed.is_discarded() ? Json() : parsed;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_string(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  return plain ? '"' + std::string(text) + '"' : dump(Json(text));
}

}  // namespace retz::mesos
