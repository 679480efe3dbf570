#include "server/events.hpp"

#include <algorithm>

#include "server/call.hpp"
#include "server/json_text.hpp"

namespace retz::server {
namespace {

constexpr std::size_t behind_max = 256 * 1024;  // bytes a slow client may leave unread
constexpr std::size_t specs_max = 100'000;

std::string event_of(BatchNumber number, const JobNews& news, const JobSpec& spec) {
  const JobStatus& status = news.status;
  std::string out = "id: " + std::to_string(number.value) + "\nevent: job\ndata: {\"id\":";
  out += std::to_string(news.job.value);
  out += ",\"state\":" + json_string(to_string(status.state));
  out += ",\"attempt\":" + std::to_string(status.attempts);
  out += ",\"name\":" + json_string(spec.name) + ",\"outcome\":";
  if (status.outcome) {
    out += "{\"kind\":" + json_string(to_string(status.outcome->kind));
    out += ",\"exit_code\":" + std::to_string(status.outcome->exit_code);
    out += ",\"signal\":" + std::to_string(status.outcome->signal);
    out += ",\"reason\":" + json_string(status.outcome->reason) + "}";
  } else {
    out += "null";
  }
  return out += "}\n\n";
}

bool concerns(const Subscribers::Subscriber& who, const JobSpec& spec) {
  if (!who.user->admin && who.user->key_id != spec.user) return false;
  if (who.application && *who.application != spec.application) return false;
  return !who.tag || std::find(spec.tags.begin(), spec.tags.end(), *who.tag) != spec.tags.end();
}

/// A client that does not read is cut off rather than stored for.
bool hand_over(http::Exchange& exchange, std::string text) {
  if (exchange.pending() + text.size() > behind_max) {
    exchange.write(": too slow, events were lost; connect again and list what changed\n\n");
    exchange.end();
    return false;
  }
  return exchange.write(std::move(text));
}

}  // namespace

void Subscribers::add(State& state, Subscriber subscriber) {
  list_.push_back(std::move(subscriber));
  ++count_;
  if (!ticking_) keep_alive(state);
}

void Subscribers::drop_gone() {
  list_.remove_if([](const Subscriber& who) { return who.exchange->peer_gone(); });
  count_ = list_.size();
  if (list_.empty()) specs_.clear();
}

std::shared_ptr<const JobSpec> Subscribers::spec_of(State& state, const JobNews& news) {
  if (specs_.size() > specs_max) specs_.clear();
  auto& spec = specs_[news.job];
  if (news.spec) spec = news.spec;
  if (!spec) {
    const auto job = state.store.job(news.job);
    if (job && *job) spec = (*job)->spec;
  }
  const auto out = spec;
  if (!spec || is_terminal(news.status.state)) specs_.erase(news.job);
  return out;
}

void Subscribers::publish(State& state, BatchNumber number, const std::vector<JobNews>& news) {
  drop_gone();
  if (list_.empty()) return;
  std::vector<std::pair<std::string, std::shared_ptr<const JobSpec>>> events;
  for (const JobNews& item : news) {
    auto spec = spec_of(state, item);
    if (!spec) continue;
    std::string text = event_of(number, item, *spec);
    events.emplace_back(std::move(text), std::move(spec));
  }
  for (auto who = list_.begin(); who != list_.end();) {
    std::string text;
    for (const auto& [event, spec] : events) {
      if (concerns(*who, *spec)) text += event;
      if (text.size() > behind_max) break;  // more than this is not handed over anyway
    }
    const bool kept = text.empty() || hand_over(*who->exchange, std::move(text));
    who = kept ? std::next(who) : list_.erase(who);
  }
  count_ = list_.size();
}

void Subscribers::keep_alive(State& state) {
  ticking_ = true;
  state.after(state.options.keep_alive, [self = state.shared_from_this()] {
    Subscribers& all = self->subscribers;
    all.ticking_ = false;
    all.drop_gone();
    all.list_.remove_if(
        [](const Subscriber& who) { return !hand_over(*who.exchange, ": keep-alive\n\n"); });
    all.count_ = all.list_.size();
    if (!all.list_.empty()) all.keep_alive(*self);
  });
}

void watch_events(Call&& call) {
  http::Response head = response(*call.state, 200, {}, "text/event-stream");
  head.headers.emplace_back("Cache-Control", "no-store");
  call.exchange->begin(std::move(head), std::nullopt);
  if (call.request.method == "HEAD") return call.exchange->end();
  // Subscribed before the number is read: what is committed after that batch is told.
  call.state->subscribers.add(*call.state, {call.exchange, call.user, call.parameter("tag"),
                                            call.parameter("application")});
  const auto last = std::to_string(call.state->status().last_batch.value);
  call.exchange->write("id: " + last + "\nevent: hello\ndata: {\"last_batch\":" + last + "}\n\n");
}

}  // namespace retz::server
