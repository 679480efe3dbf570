// Where a request comes in: route, user, query; and where a batch's news go out.
#include "server/api.hpp"

#include "server/routes.hpp"

namespace retz::server {

State::State(ApiOptions given, const Store& store_, LiveMailbox& mailbox_, Sandboxes& sandboxes_,
             std::function<RuntimeStatus()> status_, Clock& clock_)
    : options(std::move(given)),
      store(store_),
      mailbox(mailbox_),
      sandboxes(sandboxes_),
      status(std::move(status_)),
      clock(clock_),
      started(clock.steady()),
      server_field("retz-server-" + options.version) {
  users.load(store);
}

void State::after(std::chrono::milliseconds delay, std::function<void()> task) {
  const std::lock_guard lock(server_mutex);
  if (server != nullptr) server->after(delay, std::move(task));
}

bool State::attached() {
  const std::lock_guard lock(server_mutex);
  return server != nullptr;
}

namespace {

/// Owned by the handler: the server drops it on its way out, before its timers are gone.
struct Attachment {
  explicit Attachment(std::shared_ptr<State> given) : state(std::move(given)) {}
  ~Attachment() {
    const std::lock_guard lock(state->server_mutex);
    state->server = nullptr;
  }
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  std::shared_ptr<State> state;
};

/// Error: what authenticate says; forbidden.
Result<void> admit(Call& call, Access access, std::string_view query) {
  if (access == Access::open || (access == Access::legacy && query.empty())) return {};
  auto user = authenticate(*call.state, call.request);
  if (!user) return tl::unexpected(user.error());
  call.user = std::move(*user);
  if (access == Access::admin && !call.user->admin) {
    return fail(Errc::forbidden, "only an admin may do this");
  }
  return {};
}

void refuse_unknown(const Call& call, const std::string& path, const std::string& allowed) {
  http::Response out;
  if (allowed.empty()) {
    out = response(*call.state, Error{Errc::not_found,
                                      "there is no " + path + " here; /v1/openapi.json lists all"});
  } else {
    out = response(*call.state, Error{Errc::invalid_argument, call.request.method + " is not for " +
                                                                  path + "; it takes " + allowed});
    out.status = 405;
    out.headers.emplace_back("Allow", allowed);
  }
  call.exchange->send(std::move(out));
}

void handle(Call&& call) {
  if (!call.state->attached()) {
    return answer(call, Error{Errc::unavailable, "the server is starting: try again"});
  }
  const std::string target = call.request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string path = target.substr(0, mark);
  const std::string_view query =
      mark < target.size() ? std::string_view(target).substr(mark + 1) : std::string_view();
  Match found = match(call.request.method, path);
  const Access access = found.route != nullptr ? found.route->access : Access::user;
  // A stranger learns nothing of what there is and what not.
  if (const auto admitted = admit(call, access, query); !admitted) {
    return answer(call, admitted.error());
  }
  if (found.route == nullptr) return refuse_unknown(call, path, found.allowed);
  auto parsed = parse_query(query, found.route->parameters);
  if (!parsed) return answer(call, parsed.error());
  call.query = std::move(*parsed);
  call.path = std::move(found.path);
  found.route->handle(std::move(call));
}

}  // namespace

Api::Api(ApiOptions options, const Store& store, LiveMailbox& mailbox, Sandboxes& sandboxes,
         std::function<RuntimeStatus()> status, Clock& clock)
    : state_(std::make_shared<State>(std::move(options), store, mailbox, sandboxes,
                                     std::move(status), clock)) {}

Api::~Api() = default;

http::Handler Api::handler() {
  return [attachment = std::make_shared<Attachment>(state_)](
             http::Request request, std::shared_ptr<http::Exchange> exchange) {
    Call call;
    call.state = attachment->state;
    call.request = std::move(request);
    call.exchange = std::move(exchange);
    handle(std::move(call));
  };
}

void Api::attach(http::Server& server) {
  const std::lock_guard lock(state_->server_mutex);
  state_->server = &server;
}

void Api::committed(BatchNumber number, Instant, std::span<const Write> writes) {
  const bool watched = state_->subscribers.any();
  const bool followed = state_->followers.any();
  std::vector<JobNews> news;
  std::vector<JobId> changed;
  for (const Write& write : writes) {
    if (const auto* put = std::get_if<PutUser>(&write)) state_->users.put(put->user);
    if (!watched && !followed) continue;
    if (const auto* add = std::get_if<AddJob>(&write)) {
      news.push_back({add->job.id, add->job.spec, add->job.status});
      changed.push_back(add->job.id);
    } else if (const auto* update = std::get_if<UpdateJob>(&write)) {
      news.push_back({update->job, nullptr, update->status});
      changed.push_back(update->job);
    } else if (const auto* attempt = std::get_if<PutAttempt>(&write)) {
      changed.push_back(attempt->attempt.ref.job);
    }
  }
  if (changed.empty()) return;
  state_->after(std::chrono::milliseconds(0),
                [state = state_, number, news = std::move(news), changed = std::move(changed)] {
                  state->subscribers.publish(*state, number, news);
                  state->followers.wake(changed);
                });
}

}  // namespace retz::server
