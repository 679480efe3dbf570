#include "server/pump.hpp"

#include <algorithm>

#include "server/state.hpp"

namespace retz::server {
namespace {

constexpr std::size_t ahead_max = 1024 * 1024;  // bytes queued for a peer that does not keep up
constexpr int turns_max = 4;                    // before others have theirs

}  // namespace

Pump::Pump(std::shared_ptr<State> state, std::shared_ptr<http::Exchange> exchange,
           std::function<Turned()> produce)
    : state_(std::move(state)), exchange_(std::move(exchange)), produce_(std::move(produce)) {}

void Pump::run() {
  waiting_ = false;
  for (int turn = 0; turn < turns_max; ++turn) {
    if (exchange_->peer_gone()) return;
    if (exchange_->pending() > ahead_max) {
      full_delay_ = std::min(full_delay_ * 2, std::chrono::milliseconds(50));
      return again(full_delay_);
    }
    full_delay_ = std::chrono::milliseconds(1);
    const Turned turned = produce_();
    switch (turned.next) {
      case Turned::Next::more:
        break;
      case Turned::Next::wait:
        waiting_ = true;
        return again(turned.delay);
      case Turned::Next::done:
        return exchange_->end();
      case Turned::Next::abandon:
        return;  // the exchange closes the connection when its last owner lets go
    }
  }
  again(std::chrono::milliseconds(0));
}

void Pump::poke() {
  if (!waiting_) return;
  waiting_ = false;
  again(std::chrono::milliseconds(0));
}

void Pump::again(std::chrono::milliseconds delay) {
  state_->after(delay, [self = shared_from_this(), mine = ++generation_] {
    if (mine == self->generation_) self->run();
  });
}

}  // namespace retz::server
