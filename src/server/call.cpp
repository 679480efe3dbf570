#include "server/call.hpp"

#include <atomic>
#include <charconv>

#include "retz/json.hpp"

namespace retz::server {

/// A request whose answer the runtime owes. The first of its answer and the time-out is sent.
struct PendingReply {
  std::atomic<bool> answered{false};
  std::shared_ptr<http::Exchange> exchange;
  Duration due{};

  void send(http::Response out) {
    if (answered.exchange(true)) return;
    exchange->send(std::move(out));
    exchange.reset();
  }
};

namespace {

void watch_replies(State& state) {
  auto& replies = state.replies;
  while (!replies.empty() &&
         (replies.front()->answered || replies.front()->due <= state.clock.steady())) {
    replies.front()->send(response(
        state, Error{Errc::unavailable,
                     "the server does not keep up: whether the request was carried out is not "
                     "known; ask again, submissions with the same Idempotency-Key"}));
    replies.pop_front();
  }
  if (replies.empty() || state.replies_watched) return;
  state.replies_watched = true;
  state.after(std::chrono::milliseconds(500), [self = state.shared_from_this()] {
    self->replies_watched = false;
    watch_replies(*self);
  });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string listed(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

}  // namespace

std::optional<std::string> Call::parameter(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::limit_exceeded:
      return 422;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::forbidden:
      return 403;
    case Errc::unauthenticated:
      return 401;
    case Errc::too_large:
      return 413;
    case Errc::unavailable:
    case Errc::storage_full:
    case Errc::storage_busy:
    case Errc::storage_corrupt:
    case Errc::storage_failed:
      return 503;
    case Errc::unsupported:
      return 501;
    case Errc::io_error:
    case Errc::internal:
      return 500;
  }
  return 500;
}

http::Response response(const State& state, int status, std::string body,
                        std::string content_type) {
  http::Response out;
  out.status = status;
  out.content_type = std::move(content_type);
  out.headers.reserve(4);
  out.headers.emplace_back("Server", state.server_field);
  out.headers.emplace_back("Date", date_field(state.clock.wall()));
  out.body = std::move(body);
  return out;
}

http::Response response(const State& state, const Error& error) {
  http::Response out = response(state, status_of(error.code), to_json(error));
  if (out.status == 503) out.headers.emplace_back("Retry-After", "1");
  if (out.status == 401) out.headers.emplace_back("WWW-Authenticate", "Retz-auth-v1");
  return out;
}

void answer(const Call& call, int status, std::string body) {
  call.exchange->send(response(*call.state, status, std::move(body)));
}

void answer(const Call& call, const Error& error) {
  call.exchange->send(response(*call.state, error));
}

void execute(const Call& call, Command command,
             std::function<void(const Result<Answer>&, const Send&)> finish) {
  auto pending = std::make_shared<PendingReply>();
  pending->exchange = call.exchange;
  pending->due = call.state->clock.steady() + call.state->options.answer_within;
  call.state->replies.push_back(pending);
  watch_replies(*call.state);
  call.state->mailbox.post(
      std::move(command), [pending, finish = std::move(finish)](const Result<Answer>& given) {
        finish(given, [pending](http::Response out) { pending->send(std::move(out)); });
      });
}

void execute(const Call& call, Command command, int status,
             std::function<std::string(const Answer&)> body) {
  execute(call, std::move(command),
          [state = call.state, status, body = std::move(body)](const Result<Answer>& given,
                                                               const Send& send) {
            send(given ? response(*state, status, body(*given)) : response(*state, given.error()));
          });
}

Result<std::optional<std::int64_t>> number_parameter(const Call& call, std::string_view name,
                                                     std::int64_t least, std::int64_t most) {
  const auto text = call.parameter(name);
  if (!text) return std::nullopt;
  std::int64_t out = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, out);
  if (error != std::errc{} || stop != end || out < least || out > most) {
    return fail(Errc::invalid_argument,
                std::string(name) + " must be a whole number from " + std::to_string(least) +
                    " to " + std::to_string(most),
                std::string(name));
  }
  return out;
}

Result<bool> flag_parameter(const Call& call, std::string_view name) {
  const auto text = call.parameter(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return fail(Errc::invalid_argument, std::string(name) + " must be true or false",
              std::string(name));
}

Result<JobId> job_id(const Call& call) {
  const std::string& text = call.path.front();
  JobId out;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out.value);
  if (error != std::errc{} || stop != end || out.value == 0 || out.value > INT64_MAX) {
    return fail(Errc::not_found, "there is no job " + text);
  }
  return out;
}

Result<JobRecord> visible_job(const Call& call) {
  const auto id = job_id(call);
  if (!id) return tl::unexpected(id.error());
  auto job = call.state->store.job(*id);
  if (!job) return tl::unexpected(job.error());
  // Another user's job is answered as one that is not there.
  if (!*job || !call.may_see((*job)->spec->user)) {
    return fail(Errc::not_found, "there is no job " + call.path.front());
  }
  return std::move(**job);
}

std::string decoded(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += plus && text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

Result<Query> parse_query(std::string_view text, std::span<const std::string_view> known) {
  Query out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    std::string name = decoded(item.substr(0, equals), true);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(Errc::invalid_argument,
                  "there is no parameter \"" + name + "\" here" +
                      (known.empty() ? "" : "; there are " + listed(known)),
                  name);
    }
    const bool valued = equals < item.size();
    if (!out.emplace(name, valued ? decoded(item.substr(equals + 1), true) : "").second) {
      return fail(Errc::invalid_argument, "the parameter " + name + " is given twice", name);
    }
  }
  return out;
}

}  // namespace retz::server
