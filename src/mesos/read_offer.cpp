#include "mesos/read_offer.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "mesos/json_members.hpp"

namespace retz::mesos {
namespace {

using Json = nlohmann::json;

/// The role that it is reserved for; "*": none. Of refined reservations the last one counts.
std::string reserved_role(const Json& json) {
  const Json& refined = member(json, "reservations");
  if (refined.is_array() && !refined.empty()) return text(refined.back(), "role");
  const std::string role = text(json, "role");
  return role.empty() ? "*" : role;
}

/// Disk that is more than room to scribble in: somebody's data, or a device of its own.
bool is_special_disk(const Json& json) {
  const Json& disk = member(json, "disk");
  return disk.is_object() && !disk.empty();
}

bool may_use(const Json& json, const std::string& role, const std::set<std::string>& roles) {
  for (const char* mark : {"revocable", "shared", "provider_id"}) {
    if (!member(json, mark).is_null()) return false;
  }
  return !is_special_disk(json) &&
         (role == "*" || roles.contains(role) || text(json["allocation_info"], "role") == role);
}

std::string belonging(const Json& json) {
  // Most have nothing but the role that they are allocated to, and in the old form their own.
  const Json& allocation = json["allocation_info"];
  const bool starred = text(json, "role") == "*";
  if (allocation.size() == 1 && json.size() == (starred ? 5U : 4U)) {
    const std::string role = json_string(text(allocation, "role"));
    return R"(,"allocation_info":{"role":)" + role + "}" + (starred ? R"(,"role":"*")" : "");
  }
  std::string out;
  for (const auto& [name, what] : json.items()) {
    if (name == "name" || name == "type" || name == "scalar" || name == "ranges") continue;
    out += ',' + json_string(name) + ':' + dump(what);
  }
  return out;
}

std::vector<Range> read_ranges(const Json& json) {
  std::vector<Range> out;
  for (const Json& range : member(json, "range")) {
    const auto begin = integer(range, "begin");
    const auto end = integer(range, "end");
    if (!begin || !end || *begin < 0 || *end < *begin) continue;
    out.push_back({static_cast<std::uint64_t>(*begin), static_cast<std::uint64_t>(*end)});
  }
  return out;
}

std::optional<Resource> read_resource(const Json& json, const std::set<std::string>& roles) {
  const std::string role = reserved_role(json);
  if (!json.is_object() || !json.contains("allocation_info") || !may_use(json, role, roles)) {
    return std::nullopt;
  }
  Resource out;
  out.name = text(json, "name");
  const std::string type = text(json, "type");
  if (type == "SCALAR") {
    out.scalar = thousandths(member(member(json, "scalar"), "value"));
    if (out.name == "gpus") out.scalar -= out.scalar % 1000;
  } else if (type == "RANGES" && out.name == "ports") {
    out.ranges = read_ranges(member(json, "ranges"));
  }
  if (out.name.empty() || out.name == "ports" ? out.ranges.empty() : out.scalar <= 0) {
    return std::nullopt;
  }
  out.reserved = role != "*";
  out.belonging = belonging(json);
  return out;
}

std::string ranges_text(const Json& json) {
  std::string out = "[";
  for (const Range& range : read_ranges(json)) {
    if (out.size() > 1) out += ", ";
    out += std::to_string(range.begin) + "-" + std::to_string(range.end);
  }
  return out + "]";
}

void read_attribute(const Json& json, std::map<std::string, std::string>& out) {
  const std::string name = text(json, "name");
  const std::string type = text(json, "type");
  if (name.empty() || name == "node") return;  // which every node has, its name
  if (type == "TEXT") out.emplace(name, value(json, "text"));
  if (type == "SCALAR")
    out.emplace(name, decimal(thousandths(member(member(json, "scalar"), "value"))));
  if (type == "RANGES") out.emplace(name, ranges_text(member(json, "ranges")));
}

/// Attributes as the agent's operator wrote them; of the fault domain what they leave open.
std::vector<Attribute> read_attributes(const Json& offer) {
  std::map<std::string, std::string> all;
  for (const Json& attribute : member(offer, "attributes")) {
    if (attribute.is_object()) read_attribute(attribute, all);
  }
  const Json& domain = member(member(offer, "domain"), "fault_domain");
  for (const char* part : {"region", "zone"}) {
    const std::string name = text(member(domain, part), "name");
    if (!name.empty()) all.emplace(part, name);
  }
  std::vector<Attribute> out;
  for (auto& [name, value] : all) out.push_back({name, value});
  return out;
}

}  // namespace

std::string read_address(const Json& json) {
  const Json& address = member(json, "address");
  const std::string ip = text(address, "ip");
  const std::string host = ip.empty() || ip == "0.0.0.0" ? text(address, "hostname") : ip;
  const auto port = integer(address, "port");
  if (host.empty() || !port) return {};
  const bool bare = host.find(':') != std::string::npos;  // of version 6
  return (bare ? "[" + host + "]" : host) + ":" + std::to_string(*port);
}

std::optional<MaintenanceWindow> read_unavailability(const Json& json) {
  const auto start = integer(member(json, "start"), "nanoseconds");
  if (!start) return std::nullopt;
  const std::int64_t from = *start / 1000;
  const std::int64_t for_ever = INT64_MAX / 2;  // where no end is planned
  const auto duration = integer(member(json, "duration"), "nanoseconds");
  const std::int64_t until = duration ? from + *duration / 1000 : for_ever;
  if (until <= from) return std::nullopt;
  return MaintenanceWindow{at_micros(from), at_micros(until)};
}

std::optional<Offer> read_offer(const Json& json, const std::set<std::string>& roles) {
  Offer out;
  out.id = value(json, "id");
  out.agent_id = value(json, "agent_id");
  out.hostname = text(json, "hostname");
  if (out.id.empty() || out.agent_id.empty() || out.hostname.empty()) return std::nullopt;
  out.role = text(member(json, "allocation_info"), "role");
  out.address = read_address(member(json, "url"));
  for (const Json& resource : member(json, "resources")) {
    if (auto read = read_resource(resource, roles)) out.resources.push_back(std::move(*read));
  }
  out.attributes = read_attributes(json);
  out.unavailable = read_unavailability(member(json, "unavailability"));
  return out;
}

}  // namespace retz::mesos
