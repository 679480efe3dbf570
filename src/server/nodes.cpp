// /v1/nodes
#include <map>

#include "retz/json.hpp"
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

std::string planned(const std::string& name, const NodePlan& plan) {
  std::string out = "{\"name\":" + json_string(name);
  if (plan.draining) out += std::string(",\"draining\":") + (*plan.draining ? "true" : "false");
  if (plan.maintenance) {
    out += ",\"maintenance\":" + list_of(*plan.maintenance, [](const MaintenanceWindow& window) {
             return "{\"from\":" + json_string(to_text(window.from)) +
                    ",\"until\":" + json_string(to_text(window.until)) + "}";
           });
  }
  return out + "}";
}

/// What Mesos calls the node, and what it has of us.
std::string agent_json(const MesosAgent& agent) {
  return "{\"id\":" + json_string(agent.id) + ",\"hostname\":" + json_string(agent.hostname) +
         ",\"address\":" + json_string(agent.address) +
         ",\"held_offers\":" + std::to_string(agent.held_offers) +
         ",\"tasks\":" + std::to_string(agent.tasks) +
         ",\"unreachable\":" + (agent.unreachable ? "true" : "false") + "}";
}

}  // namespace

void list_nodes(Call&& call) {
  const RuntimeStatus status = call.state->status();
  std::map<std::string, MesosAgent> agents;
  if (const auto& mesos = call.state->options.mesos) {
    for (auto& agent : mesos().agents) agents.emplace(agent.node, agent);
  }
  answer(call, 200, "{\"nodes\":" + list_of(status.nodes, [&](const NodeStatus& node) {
                      std::string out = to_json(node);
                      if (const auto at = agents.find(node.name); at != agents.end()) {
                        out.pop_back();  // the closing brace
                        out += ",\"agent\":" + agent_json(at->second) + "}";
                      }
                      return out;
                    }) + "}");
}

void put_node(Call&& call) {
  const auto plan = node_plan_from_json(call.request.body);
  if (!plan) return answer(call, plan.error());
  const std::string& name = call.path.front();
  const std::string body = planned(name, *plan);
  const auto done = [body](const Answer&) { return body; };
  if (!plan->maintenance) return execute(call, DrainNode{name, *plan->draining}, 200, done);
  PlanMaintenance maintenance{name, *plan->maintenance};
  if (!plan->draining) return execute(call, std::move(maintenance), 200, done);
  execute(call, DrainNode{name, *plan->draining},
          [state = call.state, body, maintenance = std::move(maintenance)](
              const Result<Answer>& drained, const Send& send) {
            if (!drained) return send(response(*state, drained.error()));
            state->mailbox.post(maintenance, [state, body, send](const Result<Answer>& given) {
              send(given ? response(*state, 200, body) : response(*state, given.error()));
            });
          });
}

}  // namespace retz::server
