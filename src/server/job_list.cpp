// GET /v1/jobs: small lists at once, large ones page by page as the client takes them.
#include <array>

#include "retz/json.hpp"
#include "server/json_text.hpp"
#include "server/pump.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

constexpr std::uint32_t page_size = 1000;
constexpr std::array all_states = {JobState::blocked,  JobState::queued, JobState::active,
                                   JobState::finished, JobState::failed, JobState::killed};

Result<std::vector<JobState>> states_of(std::string_view text) {
  std::vector<JobState> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto found = std::find_if(all_states.begin(), all_states.end(),
                                    [&](JobState state) { return to_string(state) == name; });
    if (found == all_states.end()) {
      return fail(Errc::invalid_argument,
                  "state is a list of blocked, queued, active, finished, failed, killed; \"" +
                      std::string(name) + "\" is none of them",
                  "state");
    }
    out.push_back(*found);
  }
  return out;
}

Result<std::optional<Instant>> time_parameter(const Call& call, const char* name) {
  const auto text = call.parameter(name);
  if (!text) return std::nullopt;
  auto time = instant_from_text(*text);
  if (!time) return fail(Errc::invalid_argument, time.error().message, name);
  return *time;
}

Result<JobQuery> query_of(const Call& call) {
  JobQuery out;
  out.user = call.parameter("user");
  if (!call.user->admin) {
    if (out.user && *out.user != call.user->key_id) {
      return fail(Errc::forbidden, "only an admin may list the jobs of others", "user");
    }
    out.user = call.user->key_id;
  }
  out.application = call.parameter("application");
  out.tag = call.parameter("tag");
  out.name = call.parameter("name");
  auto states = states_of(call.parameter("state").value_or(""));
  if (!states) return tl::unexpected(states.error());
  out.states = std::move(*states);
  const auto from = time_parameter(call, "from"), before = time_parameter(call, "before");
  if (!from) return tl::unexpected(from.error());
  if (!before) return tl::unexpected(before.error());
  out.submitted_from = *from;
  out.submitted_before = *before;
  const auto below = number_parameter(call, "below", 1, INT64_MAX);
  if (!below) return tl::unexpected(below.error());
  if (*below) out.below = JobId{static_cast<std::uint64_t>(**below)};
  const auto array = number_parameter(call, "array", 1, INT64_MAX);
  if (!array) return tl::unexpected(array.error());
  if (*array) out.array = JobId{static_cast<std::uint64_t>(**array)};
  const auto limit = number_parameter(call, "limit", 1, call.state->options.list_max);
  if (!limit) return tl::unexpected(limit.error());
  out.limit = limit->has_value() ? static_cast<std::uint32_t>(**limit)
                                 : std::min(out.limit, call.state->options.list_max);
  return out;
}

std::string joined(const std::vector<JobRecord>& jobs) {
  std::string out;
  for (const JobRecord& job : jobs) {
    if (!out.empty()) out += ',';
    out += to_json(job);
  }
  return out;
}

std::string end_of_list(bool more, std::optional<JobId> last) {
  const bool next = more && last;
  return std::string("],\"more\":") + (next ? "true" : "false") +
         ",\"next_below\":" + (next ? std::to_string(last->value) : "null") + "}";
}

/// The rest of a large list, a page a turn.
struct LongList {
  std::shared_ptr<State> state;
  std::shared_ptr<http::Exchange> exchange;
  JobQuery query;
  std::uint32_t left = 0;
  std::optional<JobId> last;

  Turned turn() {
    query.below = last;
    query.limit = std::min(left, page_size);
    const auto page = state->store.jobs(query);
    if (!page) return {Turned::Next::abandon};
    left -= static_cast<std::uint32_t>(page->jobs.size());
    if (!page->jobs.empty()) {
      last = page->jobs.back().id;
      exchange->write("," + joined(page->jobs));
    }
    if (page->more && left != 0) return {Turned::Next::more};
    exchange->write(end_of_list(page->more, last));
    return {Turned::Next::done};
  }
};

}  // namespace

void list_jobs(Call&& call) {
  auto query = query_of(call);
  if (!query) return answer(call, query.error());
  const std::uint32_t limit = query->limit;
  query->limit = std::min(limit, page_size);
  const auto page = call.state->store.jobs(*query);
  if (!page) return answer(call, page.error());
  std::string body = "{\"jobs\":[" + joined(page->jobs);
  std::optional<JobId> last;
  if (!page->jobs.empty()) last = page->jobs.back().id;
  if (limit <= page_size || !page->more) {
    return answer(call, 200, std::move(body) + end_of_list(page->more, last));
  }
  call.exchange->begin(response(*call.state, 200, {}), std::nullopt);
  call.exchange->write(std::move(body));
  auto list = std::make_shared<LongList>(
      LongList{call.state, call.exchange, std::move(*query),
               limit - static_cast<std::uint32_t>(page->jobs.size()), last});
  std::make_shared<Pump>(call.state, call.exchange, [list] { return list->turn(); })->run();
}

}  // namespace retz::server
