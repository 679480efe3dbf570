// Events of the stream, read from JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mesos/resource.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::mesos {

enum class TaskState : std::uint8_t {
  staging,
  starting,
  running,
  killing,
  finished,
  failed,
  killed,
  error,
  lost,
  dropped,
  unreachable,
  gone,
  gone_by_operator,
  unknown,
};

/// For good, or as good as: LOST and GONE_BY_OPERATOR may yet turn out wrong.
constexpr bool is_terminal(TaskState state) {
  return state >= TaskState::finished && state != TaskState::unreachable &&
         state != TaskState::unknown;
}

struct TaskStatus {
  std::string task_id = {};
  TaskState state = TaskState::unknown;
  std::string source = {};  // "SOURCE_AGENT"
  std::string reason = {};  // "REASON_..."; may be empty
  std::string message = {};
  std::string agent_id = {};
  std::string uuid = {};  // base64; empty: made by the master, not to be acknowledged
  std::optional<bool> healthy = {};
};

struct Offer {
  std::string id = {};
  std::string agent_id = {};
  std::string role = {};  // to which it is allocated
  std::string hostname = {};
  std::string address = {};  // host:port of the agent
  std::vector<Resource> resources = {};
  std::vector<Attribute> attributes = {};  // sorted, no name twice
  std::optional<MaintenanceWindow> unavailable = {};
};

struct InverseOffer {
  std::string id = {};
  std::string agent_id = {};
  MaintenanceWindow window = {};
};

struct Subscribed {
  std::string framework_id = {};
  std::string master = {};  // host:port
  Duration heartbeat = std::chrono::seconds(15);
};
struct Heartbeat {};
struct Offers {
  std::vector<Offer> offers = {};
};
struct InverseOffers {
  std::vector<InverseOffer> offers = {};
};
struct Rescind {
  std::string offer_id = {};
};
struct RescindInverse {
  std::string offer_id = {};
};
struct Update {
  TaskStatus status = {};
};
struct AgentFailed {
  std::string agent_id = {};
};
struct StreamError {
  std::string message = {};
};
/// Of a kind that this build does not know, or has no use for.
struct OtherEvent {
  std::string type = {};
};

using StreamEvent = std::variant<Subscribed, Heartbeat, Offers, InverseOffers, Rescind,
                                 RescindInverse, Update, AgentFailed, StreamError, OtherEvent>;

/// `roles`: ours; what is reserved for others is left out of the offers, as is what comes and goes
/// (revocable), is shared, or holds somebody's data (persistent volumes, disks with a source).
/// Error: invalid_argument.
Result<StreamEvent> read_event(std::string_view json, const std::set<std::string>& roles);

}  // namespace retz::mesos
