// Sends a long body slice by slice on the I/O thread, no faster than the peer takes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "retz/http.hpp"

namespace retz::server {

struct State;

/// What a producer did with its turn.
struct Turned {
  enum class Next : std::uint8_t { more, wait, done, abandon };
  Next next = Next::more;
  std::chrono::milliseconds delay{0};  // of `wait`
};

class Pump : public std::enable_shared_from_this<Pump> {
 public:
  /// Each turn of the producer writes at most about 256 KiB to the exchange.
  Pump(std::shared_ptr<State> state, std::shared_ptr<http::Exchange> exchange,
       std::function<Turned()> produce);
  void run();
  /// Ends a wait early.
  void poke();

 private:
  void again(std::chrono::milliseconds delay);

  std::shared_ptr<State> state_;
  std::shared_ptr<http::Exchange> exchange_;
  std::function<Turned()> produce_;
  std::uint64_t generation_ = 0;  // a poke makes the timer set before it void
  bool waiting_ = false;
  std::chrono::milliseconds full_delay_{1};
};

constexpr std::size_t slice = 256 * 1024;

}  // namespace retz::server
