// /v1/nodes
#include "retz/json.hpp"
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {

void list_nodes(Call&& call) {
  const RuntimeStatus status = call.state->status();
  answer(call, 200, "{\"nodes\":" + list_of(status.nodes, [](const NodeStatus& node) {
                      return to_json(node);
                    }) + "}");
}

void put_node(Call&& call) {
  const auto draining = flag_of(call.request.body, "draining", true);
  if (!draining) return answer(call, draining.error());
  const std::string& name = call.path.front();
  execute(call, DrainNode{name, *draining}, 200,
          [body = "{\"name\":" + json_string(name) + ",\"draining\":" +
                  (*draining ? "true" : "false") + "}"](const Answer&) { return body; });
}

}  // namespace retz::server
