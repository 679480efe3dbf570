// The time that events are stamped with. It starts at the last stored stamp or the wall clock,
// whichever is later, and from then on follows the steady clock alone: a wall clock that jumps is
// told of, never followed.
#pragma once

#include <optional>
#include <string>

#include "retz/runtime.hpp"

namespace retz::runtime {

class Stamp {
 public:
  Stamp(Clock& clock, Instant last_stored);

  /// Never decreases. Threads: any.
  Instant now() const { return base_ + (clock_->steady() - start_); }

  /// A sentence for the log when the wall clock has left the steady one by more than a second since
  /// the last call that said so.
  std::optional<std::string> wall_jump(Instant at);

 private:
  Clock* clock_;
  Duration start_;
  Instant base_;
  Duration offset_;  // of the wall clock, as last told
};

}  // namespace retz::runtime
