// Decisions become actions: a start is joined with the job's spec and its application.
#include <utility>

#include "runtime/settle.hpp"

namespace retz::runtime {
namespace {

/// A start that lacks what it needs for good ends by the next turn; it was never launched.
void give_up(Core& core, const StartAttempt& start, std::string reason) {
  core.held.push_back({AttemptEnded{
      start.attempt, Outcome{OutcomeKind::cannot_launch, -1, 0, std::move(reason)}, {}}});
}

Result<void> join_start(Core& core, Batch& batch, const StartAttempt& start) {
  Result<std::shared_ptr<const JobSpec>> spec = find_spec(core, batch, start.attempt.job);
  if (!spec && spec.error().code != Errc::not_found) return tl::unexpected(spec.error());
  if (!spec) {
    give_up(core, start, "the store no longer has the job");
    return {};
  }
  const auto application = core.applications.find((*spec)->application);
  if (application == core.applications.end()) {
    give_up(core, start, "application '" + (*spec)->application + "' no longer exists");
    return {};
  }
  batch.actions.emplace_back(Launch{start.attempt, start.lease, start.placement, *spec,
                                    application->second,
                                    (*spec)->grace_period.value_or(Duration{0}), batch.stamp});
  return {};
}

}  // namespace

Result<void> join(Core& core, Batch& batch) {
  for (; batch.joined < batch.decisions.size(); ++batch.joined) {
    const Decision& decision = batch.decisions[batch.joined];
    if (const auto* start = std::get_if<StartAttempt>(&decision)) {
      if (auto joined = join_start(core, batch, *start); !joined) return joined;
    } else if (const auto* stop = std::get_if<StopAttempt>(&decision)) {
      batch.actions.emplace_back(*stop);
    } else if (const auto* lease = std::get_if<ReturnLease>(&decision)) {
      batch.actions.emplace_back(*lease);
    }
  }
  return {};
}

}  // namespace retz::runtime
