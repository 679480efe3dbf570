#include "mesos/event.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "mesos/json_members.hpp"
#include "mesos/read_offer.hpp"

namespace retz::mesos {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, TaskState>, 14> states = {{
    {"TASK_STAGING", TaskState::staging},
    {"TASK_STARTING", TaskState::starting},
    {"TASK_RUNNING", TaskState::running},
    {"TASK_KILLING", TaskState::killing},
    {"TASK_FINISHED", TaskState::finished},
    {"TASK_FAILED", TaskState::failed},
    {"TASK_KILLED", TaskState::killed},
    {"TASK_ERROR", TaskState::error},
    {"TASK_LOST", TaskState::lost},
    {"TASK_DROPPED", TaskState::dropped},
    {"TASK_UNREACHABLE", TaskState::unreachable},
    {"TASK_GONE", TaskState::gone},
    {"TASK_GONE_BY_OPERATOR", TaskState::gone_by_operator},
    {"TASK_UNKNOWN", TaskState::unknown},
}};

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(Errc::invalid_argument, "an event of the master makes no sense: " + what);
}

Result<StreamEvent> read_subscribed(const Json& body) {
  Subscribed out;
  out.framework_id = value(body, "framework_id");
  if (out.framework_id.empty()) return malformed("SUBSCRIBED without a framework id");
  const Json& seconds = member(body, "heartbeat_interval_seconds");
  if (seconds.is_number()) {
    constexpr std::int64_t day = 86'400'000;
    out.heartbeat =
        std::chrono::milliseconds(std::clamp<std::int64_t>(thousandths(seconds), 1, day));
  }
  const Json& master = member(body, "master_info");
  out.master = read_address(master);
  if (const auto port = integer(master, "port"); out.master.empty() && port) {
    out.master = text(master, "hostname") + ":" + std::to_string(*port);
  }
  return out;
}

Result<StreamEvent> read_offers(const Json& body, const std::set<std::string>& roles) {
  Offers out;
  const Json& offers = member(body, "offers");
  out.offers.reserve(offers.size());
  for (const Json& json : offers) {
    auto offer = read_offer(json, roles);
    if (!offer) return malformed("an offer without its id, agent or hostname");
    out.offers.push_back(std::move(*offer));
  }
  return out;
}

Result<StreamEvent> read_inverse_offers(const Json& body) {
  InverseOffers out;
  for (const Json& json : member(body, "inverse_offers")) {
    const auto window = read_unavailability(member(json, "unavailability"));
    std::string id = value(json, "id");
    if (!window || id.empty()) return malformed("an inverse offer without its id or time");
    out.offers.push_back({std::move(id), value(json, "agent_id"), *window});
  }
  return out;
}

Result<StreamEvent> read_update(const Json& body) {
  const Json& json = member(body, "status");
  TaskStatus out;
  out.task_id = value(json, "task_id");
  const std::string state = text(json, "state");
  const auto* const at = std::find_if(states.begin(), states.end(),
                                      [&](const auto& known) { return known.first == state; });
  if (out.task_id.empty() || at == states.end()) {
    return malformed("an update of task '" + out.task_id + "' to state '" + state + "'");
  }
  out.state = at->second;
  out.source = text(json, "source");
  out.reason = text(json, "reason");
  out.message = text(json, "message");
  out.agent_id = value(json, "agent_id");
  out.uuid = text(json, "uuid");
  const Json& healthy = member(json, "healthy");
  if (healthy.is_boolean()) out.healthy = healthy.get<bool>();
  return Update{std::move(out)};
}

Result<StreamEvent> read_failure(const Json& body) {
  // The end of an executor tells nothing that the update of its task does not.
  if (!member(body, "executor_id").is_null()) return OtherEvent{"FAILURE of an executor"};
  AgentFailed out{value(body, "agent_id")};
  if (out.agent_id.empty()) return malformed("FAILURE of nobody");
  return out;
}

}  // namespace

Result<StreamEvent> read_event(std::string_view json, const std::set<std::string>& roles) {
  const Json event = parse(json);
  const std::string type = text(event, "type");
  if (type == "HEARTBEAT") return Heartbeat{};
  if (type == "UPDATE") return read_update(member(event, "update"));
  if (type == "OFFERS") return read_offers(member(event, "offers"), roles);
  if (type == "RESCIND") return Rescind{value(member(event, "rescind"), "offer_id")};
  if (type == "FAILURE") return read_failure(member(event, "failure"));
  if (type == "SUBSCRIBED") return read_subscribed(member(event, "subscribed"));
  if (type == "ERROR") return StreamError{text(member(event, "error"), "message")};
  if (type == "INVERSE_OFFERS") return read_inverse_offers(member(event, "inverse_offers"));
  if (type == "RESCIND_INVERSE_OFFER") {
    return RescindInverse{value(member(event, "rescind_inverse_offer"), "inverse_offer_id")};
  }
  if (type.empty()) return malformed("it has no type");
  return OtherEvent{type};
}

}  // namespace retz::mesos
