#include "server/routes.hpp"

namespace retz::server {

std::span<const Route> routes() {
  static const std::vector<Route> table = {
      {"POST", "/v1/jobs", Access::user, {}, submit_jobs},
      {"GET",
       "/v1/jobs",
       Access::user,
       {"state", "tag", "array", "application", "user", "name", "from", "before", "below", "limit"},
       list_jobs},
      {"DELETE", "/v1/jobs", Access::user, {"tag", "array"}, kill_jobs},
      {"GET", "/v1/jobs/{id}", Access::user, {}, get_job},
      {"DELETE", "/v1/jobs/{id}", Access::user, {}, kill_job},
      {"POST", "/v1/jobs/{id}/rerun", Access::user, {}, rerun_job},
      {"GET", "/v1/jobs/{id}/explain", Access::user, {"forecast"}, explain_job},
      {"GET", "/v1/jobs/{id}/files", Access::user, {"path", "attempt"}, list_files},
      {"GET",
       "/v1/jobs/{id}/files/content",
       Access::user,
       {"path", "attempt", "offset", "length", "follow", "later"},
       read_file},
      {"GET", "/v1/jobs/{id}/files/archive", Access::user, {"attempt"}, archive_files},
      {"GET", "/v1/applications", Access::user, {}, list_applications},
      {"GET", "/v1/applications/{name}", Access::user, {}, get_application},
      {"PUT", "/v1/applications/{name}", Access::user, {}, put_application},
      {"DELETE", "/v1/applications/{name}", Access::user, {}, delete_application},
      {"GET", "/v1/nodes", Access::user, {}, list_nodes},
      {"PUT", "/v1/nodes/{name}", Access::admin, {}, put_node},
      {"GET", "/v1/policy", Access::admin, {}, get_policy},
      {"PUT", "/v1/policy", Access::admin, {}, put_policy},
      {"GET", "/v1/events", Access::user, {"tag", "application"}, watch_events},
      {"GET", "/v1/status", Access::user, {}, get_status},
      {"GET", "/v1/ping", Access::open, {}, ping},
      {"GET", "/v1/openapi.json", Access::open, {}, openapi},
      {"GET", "/ping", Access::legacy, {}, legacy_ping},
      {"GET", "/status", Access::legacy, {}, legacy_status},
  };
  return table;
}

namespace {

std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);  // the slash
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view given = next_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      values.push_back(decoded(given, false));
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Match match(std::string_view method, std::string_view path) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match out;
  for (const Route& route : routes()) {
    std::vector<std::string> values;
    if (!fits(route.pattern, path, values)) continue;
    if (route.method == wanted) {
      out.route = &route;
      out.path = std::move(values);
      return out;
    }
    if (!out.allowed.empty()) out.allowed += ", ";
    out.allowed += route.method;
  }
  return out;
}

}  // namespace retz::server
