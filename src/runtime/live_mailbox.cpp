// The mailbox of a live host: any thread posts, the runtime's thread sleeps on it.
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <utility>

#include "retz/runtime.hpp"

namespace retz {

struct LiveMailbox::State {
  std::mutex mutex;
  std::condition_variable posted;
  Inflow inflow;
  bool woken = false;
};

LiveMailbox::LiveMailbox() : state_(std::make_unique<State>()) {}
LiveMailbox::~LiveMailbox() = default;

void LiveMailbox::post(std::vector<Event> events) {
  if (events.empty()) return;
  {
    const std::lock_guard lock(state_->mutex);
    std::vector<Event>& waiting = state_->inflow.events;
    if (waiting.empty()) {
      waiting = std::move(events);
    } else {
      std::move(events.begin(), events.end(), std::back_inserter(waiting));
    }
  }
  state_->posted.notify_one();
}

void LiveMailbox::post(Command command, ReplyTo reply) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->inflow.commands.emplace_back(std::move(command), std::move(reply));
  }
  state_->posted.notify_one();
}

Inflow LiveMailbox::drain() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->inflow, {});
}

void LiveMailbox::wait(std::optional<Duration> at_most) {
  std::unique_lock lock(state_->mutex);
  const auto ready = [this] {
    return state_->woken || !state_->inflow.events.empty() || !state_->inflow.commands.empty();
  };
  if (at_most) {
    state_->posted.wait_for(lock, *at_most, ready);
  } else {
    state_->posted.wait(lock, ready);
  }
  state_->woken = false;
}

void LiveMailbox::wake() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
  }
  state_->posted.notify_one();
}

}  // namespace retz
