// One offer, read from JSON.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "mesos/event.hpp"

namespace retz::mesos {

/// Absent: it lacks what every offer has.
std::optional<Offer> read_offer(const nlohmann::json& json, const std::set<std::string>& roles);
std::optional<MaintenanceWindow> read_unavailability(const nlohmann::json& json);
/// host:port of {"address":{"hostname","ip","port"}}; the ip, which needs no name server, comes
/// first.
std::string read_address(const nlohmann::json& json);

}  // namespace retz::mesos
