// The one table of what the server answers. The OpenAPI file is held against it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/call.hpp"

namespace retz::server {

enum class Access : std::uint8_t {
  open,    // anyone
  legacy,  // anyone who asks without a query, as in Retz 0.5
  user,    // signed
  admin,   // signed by an admin
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // {name} stands for one segment
  Access access;
  std::vector<std::string_view> parameters;  // of the query
  void (*handle)(Call&&);
};

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;
  std::vector<std::string> path;  // decoded values of the pattern's names
  std::string allowed;            // methods, where only the method is wrong
};
/// HEAD matches GET.
Match match(std::string_view method, std::string_view path);

// Applications
void list_applications(Call&& call);
void get_application(Call&& call);
void put_application(Call&& call);
void delete_application(Call&& call);
// Jobs
void submit_jobs(Call&& call);
void list_jobs(Call&& call);
void get_job(Call&& call);
void kill_job(Call&& call);
void kill_jobs(Call&& call);
void rerun_job(Call&& call);
void explain_job(Call&& call);
// Files
void list_files(Call&& call);
void read_file(Call&& call);
void archive_files(Call&& call);
// Nodes
void list_nodes(Call&& call);
void put_node(Call&& call);
// Policy
void get_policy(Call&& call);
void put_policy(Call&& call);
// The server itself
void get_status(Call&& call);
void ping(Call&& call);
void openapi(Call&& call);
void legacy_ping(Call&& call);
void legacy_status(Call&& call);

std::string_view openapi_text();

}  // namespace retz::server
