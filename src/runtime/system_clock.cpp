// The machine's clocks.
#include <chrono>
#include <memory>

#include "retz/runtime.hpp"

namespace retz {
namespace {

class SystemClock final : public Clock {
 public:
  Instant wall() override {
    return Instant(
        std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
  }
  Duration steady() override {
    return std::chrono::duration_cast<Duration>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace

std::unique_ptr<Clock> system_clock() {
  return std::make_unique<SystemClock>();
}

}  // namespace retz
