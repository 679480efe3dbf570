#include "server/json_text.hpp"

#include <nlohmann/json.hpp>

namespace retz::server {

using Json = nlohmann::json;

namespace {
constexpr std::size_t flag_body_max = 4096;
}

std::string json_string(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string id_list(const std::vector<JobId>& ids) {
  return list_of(ids, [](JobId id) { return std::to_string(id.value); });
}

Result<bool> flag_of(std::string_view body, std::string_view name, bool required) {
  if (body.size() > flag_body_max) {
    return fail(Errc::too_large, "the body holds one flag, and no more than " +
                                     std::to_string(flag_body_max) + " bytes");
  }
  const Json given = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
  if (!given.is_object()) {
    return fail(Errc::invalid_argument,
                "the body must be a JSON object, as {\"" + std::string(name) + "\": true}");
  }
  for (const auto& item : given.items()) {
    if (item.key() != name) {
      return fail(
          Errc::invalid_argument,
          "there is no field " + json_string(item.key()) + " here; there is " + std::string(name),
          item.key());
    }
  }
  const auto found = given.find(name);
  if (found == given.end() && !required) return false;
  if (found == given.end() || !found->is_boolean()) {
    return fail(Errc::invalid_argument, std::string(name) + " must be true or false",
                std::string(name));
  }
  return found->get<bool>();
}

}  // namespace retz::server
