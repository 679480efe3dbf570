// /ping and /status in the exact form of Retz 0.5, for what watches such servers.
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

constexpr std::string_view protocol = "0.2.1";

std::string quantity(const Amounts& used) {
  return "{\"cpu\":" + std::to_string((used.cpus + 999) / 1000) +
         ",\"memMB\":" + std::to_string(used.mem) +
         ",\"gpu\":0,\"ports\":0,\"diskMB\":" + std::to_string(used.disk) + ",\"nodes\":0}";
}

}  // namespace

void legacy_ping(Call&& call) {
  call.exchange->send(response(*call.state, 200, "\"OK\"", "text/html;charset=utf-8"));
}

void legacy_status(Call&& call) {
  const RuntimeStatus now = call.state->status();
  Amounts used;
  for (const NodeStatus& node : now.nodes) {
    used.cpus += node.used.cpus;
    used.mem += node.used.mem;
    used.disk += node.used.disk;
  }
  // Offers are Mesos's: without a master none is in stock.
  std::string out = "{\"command\":\"status\",\"queueLength\":" +
                    std::to_string(now.counts.blocked + now.counts.queued);
  out += ",\"runningLength\":" + std::to_string(now.counts.active);
  out += ",\"totalUsed\":" + quantity(used);
  out += ",\"numSlaves\":" + std::to_string(now.nodes.size());
  out += ",\"offers\":0,\"totalOffered\":" + quantity({});
  out += ",\"master\":null,\"stanchionQueueLength\":0";
  out += ",\"serverVersion\":" + json_string(call.state->server_field);
  out += ",\"status\":\"ok\",\"version\":" + json_string(protocol) + "}";
  answer(call, 200, std::move(out));
}

}  // namespace retz::server
