// Where a service is, as the name system tells: SRV records, RFC 2782. Mesos-DNS has one for each
// port of each task.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "retz/result.hpp"

namespace retz::http {

struct ServiceAddress {
  std::uint16_t priority = 0;  // smaller first
  std::uint16_t weight = 0;    // larger first
  std::string host;
  std::uint16_t port = 0;
};

/// In the order in which to try them; at least one. Among equal priorities the heaviest comes
/// first: one server is looked for, not a share of them. Error: unavailable.
Result<std::vector<ServiceAddress>> look_up_service(const std::string& name);

}  // namespace retz::http
