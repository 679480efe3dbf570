// /v1/applications
#include "retz/json.hpp"
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

Error no_application(const std::string& name) {
  return {Errc::not_found, "there is no application " + name};
}

}  // namespace

void list_applications(Call&& call) {
  const auto owner =
      call.user->admin ? std::nullopt : std::optional<std::string>(call.user->key_id);
  const auto found = call.state->store.applications(owner);
  if (!found) return answer(call, found.error());
  answer(call, 200, "{\"applications\":" + list_of(*found, [](const Application& item) {
                      return to_json(item);
                    }) + "}");
}

void get_application(Call&& call) {
  const std::string& name = call.path.front();
  const auto found = call.state->store.application(name);
  if (!found) return answer(call, found.error());
  if (!*found || !call.may_see((*found)->owner)) return answer(call, no_application(name));
  answer(call, 200, to_json(**found));
}

void put_application(Call&& call) {
  auto given = application_from_json(call.request.body);
  if (!given) return answer(call, given.error());
  const std::string& name = call.path.front();
  if (!given->name.empty() && given->name != name) {
    return answer(call, Error{Errc::invalid_argument,
                              "name is " + given->name + " but the path says " + name, "name"});
  }
  given->name = name;
  if (given->owner.empty()) given->owner = call.user->key_id;
  if (!call.may_see(given->owner)) {
    return answer(call, Error{Errc::forbidden, "an application can only be one's own", "owner"});
  }
  std::string body = to_json(*given);
  execute(call, StoreApplication{call.user->key_id, std::move(*given)}, 200,
          [body = std::move(body)](const Answer&) { return body; });
}

void delete_application(Call&& call) {
  const std::string& name = call.path.front();
  execute(call, RemoveApplication{call.user->key_id, name}, 200,
          [body = "{\"name\":" + json_string(name) + "}"](const Answer&) { return body; });
}

}  // namespace retz::server
