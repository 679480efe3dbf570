// One thread's event loop for outgoing connections and timers.
#include "http/loop.hpp"

#include <cstdint>

#include "http/loop_parts.hpp"

namespace retz::http {

Loop::Loop() : parts_(std::make_unique<Parts>()) {}
Loop::~Loop() = default;

void Loop::run() {
  parts_->io.run();
}

void Loop::stop() {
  parts_->io.stop();
}

void Loop::post(std::function<void()> task) {
  asio::post(parts_->io, std::move(task));
}

/// A handler that Asio has already queued cannot be called back: the number tells that it is old.
struct Timer::State {
  explicit State(Loop& loop) : timer(loop.parts().io) {}
  asio::steady_timer timer;
  std::uint64_t number = 0;
  std::function<void()> task;
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Timer::~Timer() {
  cancel();
}

void Timer::set(std::chrono::microseconds delay, std::function<void()> task) {
  State& state = *state_;
  state.task = std::move(task);
  state.timer.expires_after(delay);
  state.timer.async_wait([kept = state_, number = ++state.number](const error_code& error) {
    if (error || kept->number != number) return;
    const auto due = std::exchange(kept->task, nullptr);
    due();
  });
}

void Timer::cancel() {
  ++state_->number;
  state_->task = nullptr;
  state_->timer.cancel();
}

}  // namespace retz::http
