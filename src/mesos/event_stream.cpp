// The stream of events: finding the master, subscribing, and trying again.
#include "mesos/event_stream.hpp"

#include <algorithm>

namespace retz::mesos {
namespace {

constexpr int hops_max = 5;
constexpr std::chrono::seconds good_stream{10};  // a stream that lived so long was no mishap
constexpr std::chrono::milliseconds between_masters{50};

std::string header(const http::Response& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key.size() == name.size() &&
        std::equal(key.begin(), key.end(), name.begin(),
                   [](unsigned char a, unsigned char b) { return std::tolower(a) == b; })) {
      return value;
    }
  }
  return {};
}

std::string shortened(std::string text) {
  constexpr std::size_t most = 300;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

}  // namespace

EventStream::EventStream(http::Loop& loop, std::unique_ptr<Detector> detector, MasterAccess access,
                         StreamEvents events, std::uint64_t seed)
    : loop_(loop),
      detector_(std::move(detector)),
      access_(std::move(access)),
      events_(std::move(events)),
      chance_(seed),
      timer_(loop) {}

EventStream::~EventStream() {
  drop_line();
}

void EventStream::start() {
  if (wanted_) return;
  wanted_ = true;
  if (!detecting_) {
    detecting_ = true;
    detector_->start([this] { leader_changed(); });
  }
  attempt();
}

void EventStream::stop() {
  wanted_ = false;
  open_ = false;
  timer_.cancel();
  drop_line();
}

// A master that takes the subscription and refuses all else is not asked without a pause.
void EventStream::renew(const std::string& cause) {
  const bool lived = std::chrono::steady_clock::now() - opened_at_ >= good_stream;
  if (!break_off(cause)) return;
  if (lived) return attempt();
  pause();
}

/// Whether another attempt is to be made.
bool EventStream::break_off(const std::string& cause) {
  if (!wanted_) return false;
  drop_line();
  timer_.cancel();
  if (open_) {
    open_ = false;
    events_.ended(cause);
  }
  return wanted_ && !line_;
}

void EventStream::leader_changed() {
  const auto leader = detector_->current();
  if (!wanted_ || !leader) return;
  if (line_ && *leader == asked_) return;
  redirect_.reset();
  hops_ = 0;
  pauses_ = 0;
  if (break_off("another master leads now: " + leader->text())) attempt();
}

void EventStream::attempt() {
  if (redirect_) {
    const Address to = *std::exchange(redirect_, std::nullopt);
    return send_to(to);
  }
  hops_ = 0;
  const auto master = detector_->current();
  if (!master) return fail_try({detector_->trouble()});
  asked_ = *master;
  send_to(*master);
}

void EventStream::send_to(const Address& master) {
  drop_line();
  at_ = master;
  reader_ = RecordReader{};
  line_ = http::outgoing(loop_, {.host = master.host,
                                 .port = master.port,
                                 .tls = access_.tls,
                                 .connect_timeout = access_.connect_timeout,
                                 .answer_timeout = access_.answer_timeout});
  // Without "close" a master that ends the stream leaves the connection open, idle for ever.
  http::Headers headers{{"Content-Type", "application/json"},
                        {"Accept", "application/json"},
                        {"Connection", "close"}};
  if (!access_.authorization.empty()) headers.emplace_back("Authorization", access_.authorization);
  const std::uint64_t number = ++try_number_;
  http::Reply reply;
  reply.head = [this, number](const http::Response& head) {
    if (number == try_number_) answered_head(head);
  };
  reply.piece = [this, number](std::string_view bytes) {
    if (number == try_number_) take(bytes);
  };
  reply.end = [this, number](const Result<http::Response>& answer, bool) {
    if (number == try_number_) over(answer);
  };
  line_->send("POST", access_.path, headers, events_.body(), std::move(reply));
}

void EventStream::drop_line() {
  ++try_number_;
  if (line_) line_->close();
  line_.reset();
}

void EventStream::answered_head(const http::Response& head) {
  const std::string stream = header(head, "mesos-stream-id");
  if (head.status != 200 || stream.empty()) {
    drop_line();
    return fail_try({{Errc::unavailable,
                      at_.text() + " answers, but not as a Mesos master does (no Mesos-Stream-Id)",
                      "retz.mesos"}});
  }
  open_ = true;
  opened_at_ = std::chrono::steady_clock::now();
  // The first heartbeat comes with the subscription: until then nobody else counts the seconds.
  timer_.set(access_.answer_timeout,
             [this] { end_stream(at_.text() + " took the subscription and says nothing"); });
  events_.opened(at_, stream);
}

void EventStream::take(std::string_view bytes) {
  timer_.cancel();
  const std::uint64_t number = try_number_;
  const auto taken = reader_.take(bytes, [&](std::string_view record) {
    events_.record(record);
    return number == try_number_;
  });
  if (number != try_number_) return;
  if (!taken) return end_stream(taken.error().message);
  events_.read();
}

void EventStream::over(const Result<http::Response>& answer) {
  line_.reset();
  if (open_) {
    return end_stream(answer ? "the master ended the stream" : answer.error().message);
  }
  if (answer) return refused(*answer);
  fail_try(
      {{Errc::unavailable, "no Mesos master answers at " + answer.error().message, "retz.mesos"}});
}

void EventStream::refused(const http::Response& answer) {
  if (answer.status == 307 || answer.status == 302 || answer.status == 308) {
    return redirected(answer);
  }
  const std::string said = std::to_string(answer.status) + " " + shortened(answer.body);
  const std::string who = "the Mesos master at " + at_.text();
  if (answer.status == 401) {
    return fail_try({{Errc::unauthenticated,
                      who + " wants to know who we are (" + said +
                          "): check retz.mesos.principal and retz.mesos.secret.file",
                      "retz.mesos.principal"},
                     true});
  }
  const bool later = answer.status >= 500 || answer.status == 408 || answer.status == 429;
  fail_try({{later ? Errc::unavailable : Errc::forbidden,
             who + " refuses the subscription: " + said, "retz.mesos"},
            !later});
}

void EventStream::redirected(const http::Response& answer) {
  const std::string location = header(answer, "location");
  const auto to = address_in_location(location);
  if (!to) {
    return fail_try(
        {{Errc::unavailable,
          at_.text() + " redirects to \"" + shortened(location) + "\", which is no address",
          "retz.mesos"}});
  }
  if (++hops_ > hops_max) {
    return fail_try(
        {{Errc::unavailable,
          "the masters redirect to each other: from " + asked_.text() + " on to " + to->text(),
          "retz.mesos"}});
  }
  send_to(*to);
}

void EventStream::end_stream(const std::string& cause) {
  drop_line();
  open_ = false;
  if (std::chrono::steady_clock::now() - opened_at_ >= good_stream) pauses_ = 0;
  events_.ended(cause);
  if (wanted_ && !line_) pause();
}

void EventStream::fail_try(Refusal refusal) {
  line_.reset();
  const bool round_over = detector_->pass_on();
  events_.refused(refusal);
  if (!wanted_ || line_) return;
  if (round_over) return pause();
  timer_.set(between_masters, [this] { attempt(); });
}

/// Twice as long each time, and a part of it by chance: not all frameworks come back at once.
void EventStream::pause() {
  using std::chrono::microseconds;
  const auto grown = access_.pause_first * (std::int64_t{1} << std::min(pauses_++, 20));
  const microseconds full = std::min<microseconds>(grown, access_.pause_max);
  const auto half = static_cast<std::uint64_t>(full.count()) / 2;
  timer_.set(microseconds(half + chance_.below(half + 1)), [this] { attempt(); });
}

}  // namespace retz::mesos
