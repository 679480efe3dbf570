#include "runtime/booking.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/kept_state.hpp"

namespace retz::runtime {
namespace {

JobId job_of(const Change& change) {
  if (const auto* added = std::get_if<JobAdded>(&change)) return added->job;
  if (const auto* changed = std::get_if<JobChanged>(&change)) return changed->job;
  const auto* attempt = std::get_if<AttemptChanged>(&change);
  return attempt == nullptr ? JobId{} : attempt->attempt.ref.job;
}

/// A run that succeeded tells how long the next one may take.
void learn(Core& core, JobId id, const JobStatus& status) {
  if (status.state != JobState::finished || !status.started || !status.finished) return;
  const std::string* owner = core.live.owner(id);
  if (owner == nullptr) return;
  core.learner.note(*owner, *core.live.application(id), *status.finished - *status.started);
}

void write_status(Core& core, Batch& batch, JobId id, const JobStatus& status) {
  batch.writes.emplace_back(UpdateJob{id, status});
  if (is_terminal(status.state)) {
    learn(core, id, status);
    core.live.remove(id);
    batch.ended[id] = status;
    return;
  }
  if (core.live.contains(id)) return;
  if (const auto revived = batch.specs.find(id); revived != batch.specs.end()) {
    core.live.add(id, *revived->second);
    batch.ended.erase(id);
  }
}

void write_change(Core& core, Batch& batch, const Change& change) {
  if (const auto* added = std::get_if<JobAdded>(&change)) {
    const auto spec = batch.specs.find(added->job);
    if (spec == batch.specs.end() || core.live.contains(added->job)) {
      write_status(core, batch, added->job, added->status);
      return;
    }
    const SettledEstimate estimate = batch.estimates.at(added->job);
    batch.writes.emplace_back(
        AddJob{{added->job, spec->second, added->status, estimate.value, estimate.source}});
    core.live.add(added->job, *spec->second);
  } else if (const auto* changed = std::get_if<JobChanged>(&change)) {
    write_status(core, batch, changed->job, changed->status);
  } else if (const auto* attempt = std::get_if<AttemptChanged>(&change)) {
    core.board.note(attempt->attempt);
    batch.writes.emplace_back(PutAttempt{attempt->attempt});
  } else if (const auto* used = std::get_if<NodeUsed>(&change)) {
    batch.writes.emplace_back(kept(*used));
  } else if (const auto* usage = std::get_if<UsageChanged>(&change)) {
    batch.writes.emplace_back(kept(*usage));
  } else if (const auto* maintenance = std::get_if<MaintenanceChanged>(&change)) {
    batch.writes.emplace_back(kept(*maintenance));
  }
}

std::optional<Refuse> book(Core& core, Batch& batch, const Step& step, JobIds without) {
  std::optional<Refuse> refusal;
  for (const Change& change : step.changes) {
    if (!without.contains(job_of(change))) write_change(core, batch, change);
  }
  for (const Decision& decision : step.decisions) {
    if (const auto* refuse = std::get_if<Refuse>(&decision)) {
      if (!refusal) refusal = *refuse;
    } else {
      batch.decisions.push_back(decision);
    }
  }
  core.wake_at = step.wake_at;
  return refusal;
}

const Step& step_engine(Core& core, Batch& batch, std::span<const Event> events, Pass pass) {
  for (const Event& event : events) {
    if (event.receipt.value != 0) batch.settled.push_back(event.receipt);
    if (const auto* drained = std::get_if<NodeDrained>(&event.what)) {
      note_drained(core, batch, *drained);
    }
    if (const auto* reported = std::get_if<StateReported>(&event.what)) {
      batch.writes.emplace_back(SetState{reported->name, reported->value});
    }
  }
  batch.stepped = true;
  return core.engine.step(events, batch.stamp, pass);
}

}  // namespace

std::optional<Refuse> step(Core& core, Batch& batch, std::span<const Event> events, Pass pass) {
  return book(core, batch, step_engine(core, batch, events, pass), {});
}

std::optional<Refuse> step_all_or_none(Core& core, Batch& batch, std::span<const Event> events,
                                       JobIds added) {
  const Step& booked = step_engine(core, batch, events, Pass::none);
  std::optional<Refuse> refusal;
  for (const Decision& decision : booked.decisions) {
    if (const auto* refuse = std::get_if<Refuse>(&decision)) {
      refusal = *refuse;
      break;
    }
  }
  if (!refusal) return book(core, batch, booked, {});
  std::vector<Event> undo;
  for (const Change& change : booked.changes) {
    if (const auto* job = std::get_if<JobAdded>(&change);
        job != nullptr && added.contains(job->job))
      undo.push_back({JobCancelled{job->job, "refused with its submission"}});
  }
  book(core, batch, booked, added);
  book(core, batch, step_engine(core, batch, undo, Pass::none), added);
  return refusal;
}

void note_drained(Core& core, Batch& batch, const NodeDrained& drained) {
  const bool changed = drained.draining ? core.draining.insert(drained.node).second
                                        : core.draining.erase(drained.node) > 0;
  if (!changed) return;
  std::string names;
  for (const std::string& node : core.draining) names += node + '\n';
  batch.writes.emplace_back(SetState{draining_state, std::move(names)});
}

}  // namespace retz::runtime
