#include "mesos/call.hpp"

#include <nlohmann/json.hpp>

#include "mesos/json_members.hpp"
#include "mesos/resource.hpp"

namespace retz::mesos {
namespace {

using Json = nlohmann::json;

std::string id_json(const std::string& id) {
  return R"({"value":)" + json_string(id) + "}";
}

std::string ids_json(std::span<const std::string> ids) {
  std::string out = "[";
  for (const std::string& id : ids) {
    if (out.size() > 1) out += ',';
    out += id_json(id);
  }
  return out + "]";
}

std::string head(const std::string& framework_id, const char* type) {
  return R"({"framework_id":)" + id_json(framework_id) + R"(,"type":")" + type + '"';
}

std::string task_json(const TaskName& task) {
  std::string out = R"("task_id":)" + id_json(task.task_id);
  if (!task.agent_id.empty()) out += R"(,"agent_id":)" + id_json(task.agent_id);
  return out;
}

std::string filters(Duration refuse) {
  return R"("filters":{"refuse_seconds":)" + decimal(refuse.count() / 1000) + "}";
}

Json framework_info(const FrameworkOptions& options, const std::string& id) {
  Json info = {{"user", options.user},
               {"name", options.name},
               {"roles", options.roles},
               {"checkpoint", options.checkpoint},
               {"failover_timeout", static_cast<double>(options.failover_timeout.count()) / 1e6}};
  Json capabilities = Json::array();
  for (const char* capability :
       {"MULTI_ROLE", "PARTITION_AWARE", "TASK_KILLING_STATE", "RESERVATION_REFINEMENT"}) {
    capabilities.push_back({{"type", capability}});
  }
  if (options.gpus) capabilities.push_back({{"type", "GPU_RESOURCES"}});
  info["capabilities"] = std::move(capabilities);
  if (!options.principal.empty()) info["principal"] = options.principal;
  if (!options.hostname.empty()) info["hostname"] = options.hostname;
  if (!options.web_ui.empty()) info["webui_url"] = options.web_ui;
  if (!id.empty()) info["id"] = {{"value", id}};
  return info;
}

}  // namespace

std::string subscribe_body(const FrameworkOptions& options, const std::string& framework_id) {
  Json call = {{"type", "SUBSCRIBE"},
               {"subscribe", {{"framework_info", framework_info(options, framework_id)}}}};
  if (!framework_id.empty()) call["framework_id"] = {{"value", framework_id}};
  return dump(call);
}

std::string accept_body(const std::string& framework_id, std::span<const std::string> offers,
                        std::span<const std::string> tasks, Duration refuse) {
  std::string out = head(framework_id, "ACCEPT") + R"(,"accept":{"offer_ids":)" + ids_json(offers) +
                    R"(,"operations":[)";
  bool first = true;
  for (const std::string& task : tasks) {
    out += first ? "" : ",";
    first = false;
    out += R"({"type":"LAUNCH","launch":{"task_infos":[)" + task + "]}}";
  }
  return out + "]," + filters(refuse) + "}}";
}

std::string decline_body(const std::string& framework_id, std::span<const std::string> offers,
                         Duration refuse) {
  return head(framework_id, "DECLINE") + R"(,"decline":{"offer_ids":)" + ids_json(offers) + ',' +
         filters(refuse) + "}}";
}

std::string plain_body(const std::string& framework_id, const std::string& type) {
  return head(framework_id, type.c_str()) + "}";
}

std::string kill_body(const std::string& framework_id, const TaskName& task, Duration grace) {
  return head(framework_id, "KILL") + R"(,"kill":{)" + task_json(task) +
         R"(,"kill_policy":{"grace_period":{"nanoseconds":)" +
         std::to_string(grace.count() * 1000) + "}}}}";
}

std::string acknowledge_body(const std::string& framework_id, const TaskName& task,
                             const std::string& uuid) {
  return head(framework_id, "ACKNOWLEDGE") + R"(,"acknowledge":{)" + task_json(task) +
         R"(,"uuid":)" + json_string(uuid) + "}}";
}

std::string reconcile_body(const std::string& framework_id, std::span<const TaskName> tasks) {
  std::string out = head(framework_id, "RECONCILE") + R"(,"reconcile":{"tasks":[)";
  bool first = true;
  for (const TaskName& task : tasks) {
    out += first ? "{" : ",{";
    first = false;
    out += task_json(task) + "}";
  }
  return out + "]}}";
}

std::string accept_inverse_body(const std::string& framework_id,
                                std::span<const std::string> inverse_offers) {
  return head(framework_id, "ACCEPT_INVERSE_OFFERS") +
         R"(,"accept_inverse_offers":{"inverse_offer_ids":)" + ids_json(inverse_offers) + "}}";
}

Named named_in(const Call& call) {
  Named out;
  const Json json = parse(call.body);
  const Json& body = member(json, call.type == "ACCEPT" ? "accept" : "decline");
  for (const Json& offer : member(body, "offer_ids")) out.offers.push_back(text(offer, "value"));
  for (const Json& operation : member(body, "operations")) {
    for (const Json& task : member(member(operation, "launch"), "task_infos")) {
      out.tasks.push_back(value(task, "task_id"));
    }
  }
  return out;
}

}  // namespace retz::mesos
