// /v1/policy: how the engine decides, for admins.
#include "retz/json.hpp"
#include "server/routes.hpp"

namespace retz::server {

void get_policy(Call&& call) {
  answer(call, 200, to_json(call.state->status().policy));
}

void put_policy(Call&& call) {
  auto policy = policy_from_json(call.request.body, call.state->status().policy);
  if (!policy) return answer(call, policy.error());
  std::string body = to_json(*policy);
  execute(call, SetPolicy{std::move(*policy)}, 200,
          [body = std::move(body)](const Answer&) { return body; });
}

}  // namespace retz::server
