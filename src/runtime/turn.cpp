#include "runtime/turn.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/kept_state.hpp"
#include "runtime/settle.hpp"
#include "runtime/stall.hpp"

namespace retz::runtime {
namespace {

struct Apply {
  Core& core;
  Batch& batch;
  Result<Answer> operator()(ExplainJob& command) const { return explain(core, command); }
  Result<Answer> operator()(auto& command) const { return apply(core, batch, command); }
};

/// Each command sees what those before it made of the engine; one pass over the queue follows them
/// all.
void make(Core& core, Batch& batch, Inflow& inflow, bool due) {
  if (std::exchange(core.outdated_policy, false)) batch.writes.emplace_back(forgotten_policy());
  if (inflow.commands.empty()) {
    if (!inflow.events.empty() || due) step(core, batch, inflow.events, Pass::once);
    return;
  }
  if (!inflow.events.empty() || due) step(core, batch, inflow.events, Pass::none);
  for (auto& [command, to] : inflow.commands) {
    Result<Answer> answer = std::visit(Apply{core, batch}, command);
    batch.replies.emplace_back(std::move(to), std::move(answer));
  }
  const std::vector<Event> planning{{TimePassed{}}};
  if (batch.stepped) step(core, batch, planning, Pass::once);
}

/// Before the batch's other actions.
void tell_waiting(Core& core, Batch& batch) {
  const std::uint64_t waiting = core.engine.counts().queued;
  const std::uint64_t told = std::exchange(core.told_waiting, waiting);
  if (waiting > told || (waiting == 0 && told > 0))
    batch.actions.emplace_back(LeasesWanted{waiting});
}

Inflow drain(Core& core) {
  Inflow inflow = core.mailbox.drain();
  if (!core.held.empty()) {
    std::vector<Event> events = std::exchange(core.held, {});
    std::move(inflow.events.begin(), inflow.events.end(), std::back_inserter(events));
    inflow.events = std::move(events);
  }
  return inflow;
}

std::optional<Duration> until(const std::optional<Instant>& time, Instant now) {
  if (!time) return std::nullopt;
  return std::max(Duration{0}, *time - now);
}

std::optional<Duration> sooner(std::optional<Duration> a, std::optional<Duration> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

bool work(Core& core, Instant now) {
  Inflow inflow = drain(core);
  const bool due = core.wake_at && *core.wake_at <= now;
  if (inflow.events.empty() && inflow.commands.empty() && !due) return false;
  answer_explanations(core, inflow);
  Batch batch;
  batch.stamp = now;
  batch.number = {core.last_batch.value + 1};
  make(core, batch, inflow, due);
  if (batch.stepped) tell_waiting(core, batch);
  const bool stepped = batch.stepped;
  if (auto settled = settle(core, batch); !settled) {
    stall(core, std::move(batch), std::move(settled.error()));
  }
  if (stepped) publish(core, now, true);
  return true;
}

}  // namespace

std::optional<Duration> publish(Core& core, Instant now, bool changed) {
  if (changed) {
    core.board.publish(core.engine.counts(), core.last_batch,
                       core.stalled ? std::optional<Error>(core.stalled->error) : std::nullopt);
  }
  return core.board.sample(core.engine, now, changed);
}

Runtime::Turn turn(Core& core) {
  const Instant now = core.stamp.now();
  if (auto jump = core.stamp.wall_jump(now)) core.log(1, *jump);
  Runtime::Turn result;
  if (core.stalled) {
    result = stalled_turn(core);
    if (core.stalled) return result;
    publish(core, now, true);
  } else {
    result.worked = work(core, now);
    if (core.stalled) {
      result.sleep = until(core.stalled->next_try, core.stamp.now());
      return result;
    }
  }
  result.sleep = sooner(until(core.wake_at, now), publish(core, now, false));
  if (!core.held.empty()) result.sleep = Duration{0};
  return result;
}

}  // namespace retz::runtime
