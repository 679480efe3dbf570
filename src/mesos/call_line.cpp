// The second connection: calls go over it in order.
#include "mesos/call_line.hpp"

#include <algorithm>
#include <deque>

namespace retz::mesos {
namespace {

constexpr std::chrono::milliseconds hold_first{50}, hold_max{5000};

}  // namespace

/// Of one connection, oldest first: those not yet answered.
struct CallLine::Pending {
  std::deque<Call> calls;
};

CallLine::CallLine(http::Loop& loop, MasterAccess access, Answered answered)
    : loop_(loop), access_(std::move(access)), answered_(std::move(answered)), timer_(loop) {}

CallLine::~CallLine() {
  if (line_) line_->close();
}

void CallLine::begin(const Address& master, const std::string& stream_id) {
  end();
  begun_ = true;
  master_ = master;
  headers_ = {{"Content-Type", "application/json"}, {"Mesos-Stream-Id", stream_id}};
  if (!access_.authorization.empty()) headers_.emplace_back("Authorization", access_.authorization);
}

void CallLine::send(std::vector<Call> calls) {
  for (Call& call : calls) send(std::move(call));
}

void CallLine::send(Call call) {
  if (!begun_) return answered_(call, not_sent, "there is no subscription");
  if (holding_) {
    held_.push_back(std::move(call));
  } else {
    send_now(std::move(call));
  }
}

void CallLine::send_now(Call call) {
  if (!line_ || line_->closed()) {
    line_ = http::outgoing(loop_, {.host = master_.host,
                                   .port = master_.port,
                                   .tls = access_.tls,
                                   .connect_timeout = access_.connect_timeout,
                                   .answer_timeout = access_.answer_timeout});
    pending_ = std::make_shared<Pending>();
  }
  http::Reply reply;
  reply.end = [this, pending = pending_](const Result<http::Response>& answer, bool sent) {
    if (pending->calls.empty()) return;  // its stream has ended
    const Call oldest = std::move(pending->calls.front());
    pending->calls.pop_front();
    if (!answer) {
      hold_on();
      return answered_(oldest, sent ? no_answer : not_sent, answer.error().message);
    }
    if (answer->status >= 500) {
      hold_on();
    } else {
      failures_ = 0;
    }
    if (answer->status / 100 != 2) answered_(oldest, answer->status, answer->body);
  };
  const std::string& body = pending_->calls.emplace_back(std::move(call)).body;
  line_->send("POST", access_.path, headers_, body, std::move(reply));
}

/// What is said again because it failed must not fail a thousand times a second.
void CallLine::hold_on() {
  if (holding_ || !begun_) return;
  holding_ = true;
  const auto grown = hold_first * (std::int64_t{1} << std::min(failures_++, 10));
  timer_.set(std::min<std::chrono::milliseconds>(grown, hold_max), [this] { go_on(); });
}

void CallLine::go_on() {
  holding_ = false;
  for (Call& call : std::exchange(held_, {})) send(std::move(call));
}

void CallLine::end() {
  begun_ = false;
  holding_ = false;
  failures_ = 0;
  timer_.cancel();
  if (line_) line_->close();
  line_.reset();
  const auto held = std::exchange(held_, {});
  const auto pending = std::exchange(pending_, nullptr);
  if (pending) {
    for (const Call& call : std::exchange(pending->calls, {})) {
      answered_(call, no_answer, "the stream of events has ended");
    }
  }
  for (const Call& call : held) answered_(call, not_sent, "the stream of events has ended");
}

}  // namespace retz::mesos
