// Looking into JSON from outside without ever throwing: what is absent or of another type is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace retz::mesos {

/// A null where there is no such member.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
std::string text(const nlohmann::json& object, const char* name);
/// An id: {"value":"..."}.
std::string value(const nlohmann::json& object, const char* name);
std::optional<std::int64_t> integer(const nlohmann::json& object, const char* name);
/// Rounded to thousandths, as Mesos does; what does not fit is cut to the nearest that does.
std::int64_t thousandths(const nlohmann::json& number);
/// A null where it is no JSON. Bytes that are not UTF-8 become question marks: a task's last words
/// are not worth its result.
nlohmann::json parse(std::string_view json);
/// Never throws; bytes that are not UTF-8 are replaced.
std::string dump(const nlohmann::json& json);
/// A JSON string, quotes included.
std::string json_string(std::string_view text);

}  // namespace retz::mesos
