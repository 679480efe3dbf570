// Asking for offers, and giving back those that nobody wants.
#include <algorithm>

#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

constexpr Duration revive_pause_min = std::chrono::milliseconds(10);
// The allocator's own interval: asking more rarely than that is not asking.
constexpr Duration revive_pause_max = std::chrono::seconds(1);
constexpr std::size_t decline_max = 1000;  // offers a call

}  // namespace

void Core::flush_declines() {
  for (const auto& [refuse, offers] : std::exchange(declines_, {})) {
    for (std::size_t i = 0; i < offers.size(); i += decline_max) {
      const std::span<const std::string> some(offers.data() + i,
                                              std::min(decline_max, offers.size() - i));
      call("DECLINE", decline_body(id_, some, refuse));
    }
  }
}

void Core::suppress() {
  if (waiting_ > 0 || suppressed_ || !subscribed_) return;
  if (held_back_ > 0) return timers_.set(Deed::suppress, {}, now_ + options_.stock_time);
  call("SUPPRESS", plain_body(id_, "SUPPRESS"));
  suppressed_ = true;
}

/// REVIVE makes the master allocate at once instead of within a second, and ends all filters: so
/// what was declined comes again with what is new. Where most of that is of no use, it is asked for
/// more rarely.
void Core::ask() {
  if (!subscribed_ || broken_ || (waiting_ == 0 && held_back_ == 0)) {
    revive_wanted_ = false;
    return;
  }
  if (suppressed_) return revive();
  if (!revive_wanted_) return;
  const Instant next = last_revive_ + revive_pause_;
  if (next > now_) return timers_.set_if_none(Deed::revive, {}, next);
  revive();
}

void Core::revive() {
  const bool useful = used_since_ * 4 >= offered_since_;
  revive_pause_ =
      useful ? revive_pause_min : std::clamp(revive_pause_ * 2, revive_pause_min, revive_pause_max);
  offered_since_ = used_since_ = 0;
  last_revive_ = now_;
  revive_wanted_ = false;
  suppressed_ = false;
  timers_.cancel(Deed::revive, {});
  call("REVIVE", plain_body(id_, "REVIVE"));
}

}  // namespace retz::mesos
