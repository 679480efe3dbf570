// The life of the subscription: from SUBSCRIBED to the end of its stream.
#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

constexpr int beats_missed = 5;  // of the master's heart: then the stream is dead

}  // namespace

void Core::on(Subscribed& event) {
  if (id_.empty()) {
    id_ = event.framework_id;
    post(StateReported{std::string(framework_id_state), id_}, IdStored{});
    notice(0, "subscribed for the first time, as framework " + id_);
  } else if (id_ != event.framework_id) {
    ended_ = Ended{false, "the master calls us " + event.framework_id + ", not " + id_};
    notice(2, ended_->cause);
    return;
  } else {
    notice(0, "subscribed at " + event.master + " as framework " + id_);
  }
  if (subscribed_) void_all_offers();
  subscribed_ = true;
  broken_ = false;
  master_ = event.master;
  heartbeat_ = event.heartbeat;
  subscribed_at_ = now_;
  agents_.forget_who_was_seen();
  timers_.set(Deed::hear, {}, now_ + heartbeat_ * beats_missed);
  // Not suppressed: with the first offers it learns which agents there are.
  suppressed_ = false;
  revive_pause_ = Duration{0};
  offered_since_ = used_since_ = 0;
  timers_.set(Deed::suppress, {}, now_ + options_.stock_time);
  start_reconciliation();
  std::set<std::string> killed;  // in an order that hangs on nothing
  for (const auto& [id, task] : tasks_) {
    if (task.stop && !task.ended) killed.insert(id);
  }
  for (const auto& [id, stray] : strays_) killed.insert(id);
  for (const std::string& id : killed) timers_.set(Deed::kill, id, now_);
}

void Core::hear() {
  if (!subscribed_ || broken_) return;
  const Instant silent_at = last_event_.value_or(subscribed_at_) + heartbeat_ * beats_missed;
  if (silent_at > now_) return timers_.set(Deed::hear, {}, silent_at);
  broken("the master has been silent for five of its heartbeats");
}

void Core::broken(std::string cause) {
  if (broken_) return;
  notice(1, std::move(cause));
  broken_ = true;
}

void Core::on(const StreamError& event) {
  broken_ = true;
  if (event.message == "Framework failed over") {
    ended_ = Ended{true, event.message};
    notice(2, "another instance has subscribed as framework " + id_ + ": this one stops");
  } else if (event.message.find("has been removed") != std::string::npos) {
    ended_ = Ended{false, event.message};
    notice(2, "framework " + id_ + " was removed, and all its tasks with it (" + event.message +
                  "); to begin as a new one an operator removes the stored state " +
                  std::string(framework_id_state));
  } else {
    notice(2, "the master refused the subscription: " + event.message);
  }
}

void Core::lost(std::string_view cause, Instant now) {
  now_ = now;
  if (subscribed_) notice(1, "the subscription was lost: " + std::string(cause));
  subscribed_ = false;
  broken_ = false;
  rounds_ = false;
  revive_wanted_ = false;
  unanswered_.clear();
  for (const Deed deed : {Deed::hear, Deed::suppress, Deed::revive, Deed::reconcile}) {
    timers_.cancel(deed, {});
  }
  // What is still in flight may never have arrived: it is asked for with all others.
  for (const auto& [id, task] : tasks_) {
    if (task.in_flight) timers_.cancel(Deed::doubt, id);
  }
  void_all_offers();
}

namespace {

/// We are no longer the instance that the master listens to.
bool means_not_subscribed(int status, std::string_view body) {
  const auto says = [body](std::string_view words) {
    return body.find(words) != std::string_view::npos;
  };
  return status == 403 || (status == 400 && (says("Framework cannot be found") ||
                                             says("stream ID") || says("Mesos-Stream-Id")));
}

}  // namespace

void Core::answered(const Call& call, int status, std::string_view body, Instant now) {
  now_ = now;
  const std::string why = status == not_sent    ? "the connection to the master was lost"
                          : status == no_answer ? "the master did not answer"
                                                : "the master answered " + std::to_string(status) +
                                                      " " + std::string(body.substr(0, 300));
  if (means_not_subscribed(status, body)) {
    if (subscribed_) broken("not subscribed any more: " + why);
  } else if (status > 0) {
    notice(2, call.type + " was refused: " + why);
  }
  if (call.type == "ACCEPT") {
    if (status == no_answer) {
      const Named named = named_in(call);
      for (const std::string& id : named.tasks) {
        timers_.set(Deed::doubt, id, now_ + std::chrono::seconds(5));
      }
      // Where it did not arrive its offers are still ours, and nobody else's.
      this->call("DECLINE", decline_body(id_, named.offers, options_.refuse_time));
    } else {
      const bool malformed = status == 400 && !means_not_subscribed(status, body);
      never_launched(call, malformed ? OutcomeKind::cannot_launch : OutcomeKind::node_lost, why);
    }
  }
  // Done twice they do no harm. A RECONCILE has a timer of its own.
  const bool wished = call.type == "SUPPRESS" ? suppressed_ : call.type != "REVIVE" || !suppressed_;
  const bool again = wished && (status == not_sent || status == no_answer || status >= 500);
  if (again && (call.type == "DECLINE" || call.type == "REVIVE" || call.type == "SUPPRESS" ||
                call.type == "ACKNOWLEDGE" || call.type == "KILL")) {
    this->call(call.type.c_str(), call.body);
  }
  finish();
}

}  // namespace retz::mesos
