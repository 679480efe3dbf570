#include "server/json_text.hpp"

#include <nlohmann/json.hpp>

namespace retz::server {

using Json = nlohmann::json;

namespace {
constexpr std::size_t flags_body_max = 4096;
}

std::string json_string(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string id_list(const std::vector<JobId>& ids) {
  return list_of(ids, [](JobId id) { return std::to_string(id.value); });
}

Result<std::map<std::string, bool>> flags_of(std::string_view body,
                                             std::initializer_list<const char*> names) {
  if (body.size() > flags_body_max) {
    return fail(Errc::too_large, "the body holds flags, and no more than " +
                                     std::to_string(flags_body_max) + " bytes");
  }
  const Json given = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
  if (!given.is_object()) {
    return fail(Errc::invalid_argument, "the body must be a JSON object, as {\"" +
                                            std::string(*names.begin()) + "\": true}");
  }
  std::map<std::string, bool> out;
  std::string known;
  for (const char* name : names) {
    out[name] = false;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  for (const auto& item : given.items()) {
    const auto flag = out.find(item.key());
    if (flag == out.end()) {
      return fail(Errc::invalid_argument,
                  "there is no field " + json_string(item.key()) + " here; there is " + known,
                  item.key());
    }
    if (!item.value().is_boolean()) {
      return fail(Errc::invalid_argument, item.key() + " must be true or false", item.key());
    }
    flag->second = item.value().get<bool>();
  }
  return out;
}

}  // namespace retz::server
