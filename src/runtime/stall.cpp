#include "runtime/stall.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runtime/commands.hpp"
#include "runtime/settle.hpp"

namespace retz::runtime {
namespace {

constexpr Duration first_delay = std::chrono::milliseconds(10);
constexpr Duration longest_delay = std::chrono::seconds(1);

std::string in_words(const Error& error) {
  return fmt::format("{}: {}", to_string(error.code), error.message);
}

Error not_stored(const Error& cause) {
  return {Errc::unavailable,
          fmt::format("nothing can be stored at present ({}); try again later", in_words(cause)),
          {}};
}

/// No retry helps where the file is damaged or the batch is not what the store can take. It is
/// tried on all the same, since an operator may put the cause right beneath us.
bool hopeless(const Error& error) {
  return error.code == Errc::storage_corrupt || error.code == Errc::internal;
}

void dump_once(const Core& core, Stalled& stalled) {
  if (stalled.dumped || !hopeless(stalled.error)) return;
  stalled.dumped = true;
  core.log(2, fmt::format("batch {} cannot be stored ({}); this is what it holds:",
                          stalled.batch.number.value, in_words(stalled.error)));
  dump(core, stalled.batch);
}

/// Those who asked for what is in the batch do not wait for ever.
void answer_impatient(Core& core, Stalled& stalled, Instant now) {
  if (now - stalled.since < core.options.reply_patience) return;
  const Error error{
      Errc::unavailable,
      fmt::format("not stored so far ({}), though it may be yet: ask again with the same "
                  "idempotency key, or look before asking anew",
                  in_words(stalled.error)),
      {}};
  for (auto& [to, answer] : std::exchange(stalled.batch.replies, {})) {
    to(answer ? Result<Answer>(tl::unexpected(error)) : std::move(answer));
  }
}

void fail_again(Core& core, Stalled& stalled, Error error, Instant now) {
  if (error.code != stalled.error.code) core.log(2, "the store now says " + in_words(error));
  stalled.error = std::move(error);
  stalled.delay = std::min(stalled.delay * 2, longest_delay);
  stalled.next_try = now + stalled.delay;
  dump_once(core, stalled);
  core.board.publish(core.engine.counts(), core.last_batch, stalled.error);
}

}  // namespace

void answer_explanations(Core& core, Inflow& inflow) {
  std::erase_if(inflow.commands, [&](std::pair<Command, ReplyTo>& waiting) {
    const auto* command = std::get_if<ExplainJob>(&waiting.first);
    if (command == nullptr) return false;
    waiting.second(explain(core, *command));
    return true;
  });
}

void stall(Core& core, Batch batch, Error error) {
  core.log(2, fmt::format("batch {} is not stored ({}); it is kept and tried again",
                          batch.number.value, in_words(error)));
  const Instant now = core.stamp.now();
  core.stalled = Stalled{std::move(batch), std::move(error), now, now + first_delay, first_delay};
  dump_once(core, *core.stalled);
  core.board.publish(core.engine.counts(), core.last_batch, core.stalled->error);
}

Runtime::Turn stalled_turn(Core& core) {
  Stalled& stalled = *core.stalled;
  Inflow inflow = core.mailbox.drain();
  Runtime::Turn result{!inflow.events.empty() || !inflow.commands.empty(), {}};
  std::move(inflow.events.begin(), inflow.events.end(), std::back_inserter(core.held));
  answer_explanations(core, inflow);
  for (auto& [command, to] : inflow.commands) to(tl::unexpected(not_stored(stalled.error)));

  const Instant now = core.stamp.now();
  if (now >= stalled.next_try) {
    result.worked = true;
    if (auto settled = settle(core, stalled.batch); settled) {
      core.log(0, fmt::format("batch {} is stored after {} ms; work goes on",
                              stalled.batch.number.value, (now - stalled.since).count() / 1000));
      core.stalled.reset();
      return result;
    } else {
      fail_again(core, stalled, std::move(settled.error()), core.stamp.now());
    }
  }
  answer_impatient(core, stalled, now);
  result.sleep = std::max(Duration{0}, stalled.next_try - core.stamp.now());
  return result;
}

}  // namespace retz::runtime
