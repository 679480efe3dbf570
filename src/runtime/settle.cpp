// The order in which a batch takes effect is the whole durability story, so it stands here alone.
#include "runtime/settle.hpp"

#include <array>
#include <utility>

#include "runtime/fault_point.hpp"

namespace retz::runtime {
namespace {

Result<void> commit(Core& core, Batch& batch) {
  if (batch.writes.empty()) return {};
  fault_point("before_commit");
  if (auto stored = core.store.commit(batch.number, batch.stamp, batch.writes); !stored) {
    return stored;
  }
  core.last_batch = batch.number;
  fault_point("after_commit");
  return {};
}

Result<void> reply(Core&, Batch& batch) {
  for (auto& [to, answer] : std::exchange(batch.replies, {})) to(std::move(answer));
  fault_point("after_reply");
  return {};
}

Result<void> carry_out(Core& core, Batch& batch) {
  if (!batch.actions.empty() || !batch.settled.empty()) {
    core.cluster.carry_out(batch.actions, batch.settled);
  }
  fault_point("after_carry_out");
  return {};
}

Result<void> tell_host(Core& core, Batch& batch) {
  if (!batch.writes.empty() && core.options.hooks.committed) {
    core.options.hooks.committed(batch.number, batch.stamp, batch.writes);
  }
  return {};
}

using Part = Result<void> (*)(Core&, Batch&);
// The other order shows that a crash test can fail.
#ifdef RETZ_TEST_CARRY_OUT_FIRST
constexpr std::array<Part, 5> order{join, carry_out, commit, reply, tell_host};
#else
constexpr std::array<Part, 5> order{join, commit, reply, carry_out, tell_host};
#endif

}  // namespace

Result<void> settle(Core& core, Batch& batch) {
  for (const Part part : order) {
    if (auto done = part(core, batch); !done) return done;
  }
  return {};
}

}  // namespace retz::runtime
