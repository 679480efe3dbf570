// One request on its way through a route, and the ways to answer it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/state.hpp"

namespace retz::server {

using Query = std::map<std::string, std::string, std::less<>>;

struct Call {
  std::shared_ptr<State> state;
  http::Request request;
  std::shared_ptr<http::Exchange> exchange;
  std::shared_ptr<const User> user;  // absent on open routes
  std::vector<std::string> path;     // what the pattern's {} stood for
  Query query;

  bool may_see(const std::string& owner) const { return user->admin || user->key_id == owner; }
  /// Absent when not given or empty.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// With the fields that every answer carries.
http::Response response(const State& state, int status, std::string body,
                        std::string content_type = "application/json");
http::Response response(const State& state, const Error& error);
void answer(const Call& call, int status, std::string body);
void answer(const Call& call, const Error& error);
int status_of(Errc code);

/// Sends the command to the runtime; its answer, made into a body, becomes the response. 503 when
/// none comes in time.
void execute(const Call& call, Command command, int status,
             std::function<std::string(const Answer&)> body);
/// The same, with a response that `finish` sends, then or later, from any thread.
using Send = std::function<void(http::Response)>;
void execute(const Call& call, Command command,
             std::function<void(const Result<Answer>&, const Send&)> finish);

/// Error: invalid_argument naming the parameter.
Result<std::optional<std::int64_t>> number_parameter(const Call& call, std::string_view name,
                                                     std::int64_t least, std::int64_t most);
Result<bool> flag_parameter(const Call& call, std::string_view name);
/// Error: not_found, as for a job that is not there.
Result<JobId> job_id(const Call& call);
/// The job of the path, if the user may see it. Error: not_found.
Result<JobRecord> visible_job(const Call& call);

/// Percent-decoded; `plus`: a plus sign is a space, as in queries.
std::string decoded(std::string_view text, bool plus);
/// Error: invalid_argument for a parameter given twice or not in `known`.
Result<Query> parse_query(std::string_view text, std::span<const std::string_view> known);

}  // namespace retz::server
