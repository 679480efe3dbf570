// The names of reasons, as they stand in JSON.
#include "retz/engine.hpp"

namespace retz {

std::string_view to_string(Reason::Code code) noexcept {
  switch (code) {
    case Reason::Code::no_nodes:
      return "no_nodes";
    case Reason::Code::fits_no_node:
      return "fits_no_node";
    case Reason::Code::constraints:
      return "constraints";
    case Reason::Code::not_enough_free:
      return "not_enough_free";
    case Reason::Code::prefers:
      return "prefers";
    case Reason::Code::spread:
      return "spread";
    case Reason::Code::reserved:
      return "reserved";
    case Reason::Code::maintenance:
      return "maintenance";
    case Reason::Code::behind:
      return "behind";
    case Reason::Code::backing_off:
      return "backing_off";
    case Reason::Code::dependency:
      return "dependency";
    case Reason::Code::node_draining:
      return "node_draining";
    case Reason::Code::running_limit:
      return "running_limit";
    case Reason::Code::user_running_limit:
      return "user_running_limit";
    case Reason::Code::user_cpus_limit:
      return "user_cpus_limit";
    case Reason::Code::user_queued_limit:
      return "user_queued_limit";
    case Reason::Code::array_limit:
      return "array_limit";
  }
  return "unknown";
}

}  // namespace retz
