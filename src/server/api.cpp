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

/// A request's target, taken apart and matched.
struct Asked {
  std::string path;
  std::string_view query;  // of the target
  Match found;
};

Asked asked_by(const http::Request& head) {
  const std::string_view target = head.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  Asked out{std::string(target.substr(0, mark)), {}, {}};
  if (mark < target.size()) out.query = target.substr(mark + 1);
  out.found = match(head.method, out.path);
  return out;
}

/// Null where anybody may ask. A stranger learns nothing of what there is and what not.
/// Error: what authenticate says; forbidden.
Result<std::shared_ptr<const User>> admitted(State& state, const http::Request& head,
                                             const Asked& asked) {
  const Access access = asked.found.route != nullptr ? asked.found.route->access : Access::user;
  if (access == Access::open || (access == Access::legacy && asked.query.empty())) return nullptr;
  auto user = authenticate(state, head);
  if (user && access == Access::admin && !(*user)->admin) {
    return fail(Errc::forbidden, "only an admin may do this");
  }
  return user;
}

/// Before the body has come. Error: what `admitted` says; a body that nobody asked for, or whose
/// digest is not under the signature.
Result<void> body_admitted(State& state, const http::Request& head) {
  const auto user = admitted(state, head, asked_by(head));
  if (!user) return tl::unexpected(user.error());
  if (*user == nullptr) return fail(Errc::too_large, "this request takes no body");
  if (state.options.authentication && head.header("Content-MD5").empty()) {
    return fail(Errc::unauthenticated, "a request with a body needs the field Content-MD5",
                "Content-MD5");
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
  Asked asked = asked_by(call.request);
  auto user = admitted(*call.state, call.request, asked);
  if (!user) return answer(call, user.error());
  call.user = std::move(*user);
  if (call.user != nullptr) {
    const auto whole = check_body(*call.state, call.request);
    if (!whole) return answer(call, whole.error());
  }
  const Match& found = asked.found;
  if (found.route == nullptr) return refuse_unknown(call, asked.path, found.allowed);
  auto parsed = parse_query(asked.query, found.route->parameters);
  if (!parsed) return answer(call, parsed.error());
  call.query = std::move(*parsed);
  call.path = found.path;
  found.route->handle(std::move(call));
}

}  // namespace

Api::Api(ApiOptions options, const Store& store, LiveMailbox& mailbox, Sandboxes& sandboxes,
         std::function<RuntimeStatus()> status, Clock& clock)
    : state_(std::make_shared<State>(std::move(options), store, mailbox, sandboxes,
                                     std::move(status), clock)) {}

Api::~Api() {
  state_->forecasts.stop();  // what waits there holds the state
}

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

http::Guard Api::guard() {
  http::Guard out;
  out.admit = [state = state_](const http::Request& head) -> std::optional<http::Response> {
    const auto worth_reading = body_admitted(*state, head);
    if (worth_reading) return std::nullopt;
    return response(*state, worth_reading.error());
  };
  out.fields = [state = state_] { return response(*state, 200, {}).headers; };
  return out;
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
