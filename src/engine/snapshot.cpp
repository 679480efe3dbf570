// Out into plain data, back from it, and a number over it.
#include <algorithm>
#include <string>

#include "engine/core.hpp"
#include "model/request.hpp"

namespace retz::engine {

// With the jobs in these slots, by id; and with all else.
Snapshot Core::snapshot_of(std::vector<std::uint32_t> slots) const {
  std::sort(slots.begin(), slots.end(),
            [this](std::uint32_t a, std::uint32_t b) { return jobs_[a].id < jobs_[b].id; });
  Snapshot out;
  out.jobs.reserve(slots.size());
  for (const std::uint32_t slot : slots) {
    const Job& job = jobs_[slot];
    out.jobs.push_back({facts(job), status(job)});
    if (job.live != none) out.attempts.push_back(record(live_[job.live]));
  }
  out.draining.assign(pool_.draining().begin(), pool_.draining().end());
  for (const auto& [node, windows] : pool_.maintenance())
    out.maintenance.push_back({node, windows});
  out.usages = shares_.save();
  out.last_uses = pool_.last_uses();
  for (const pool::Kept::Promised& kept : pool_.kept().all()) {
    out.reservations.push_back({kept.job, std::string(kept.node), kept.at});
  }
  out.last_arrival = last_arrival_;
  out.now = now_;
  return out;
}

Snapshot Core::snapshot() const {
  std::vector<std::uint32_t> slots;
  slots.reserve(jobs_.size());
  for (std::uint32_t slot = 0; slot < jobs_.bound(); ++slot) {
    if (jobs_[slot].id.value != 0) slots.push_back(slot);
  }
  return snapshot_of(std::move(slots));
}

namespace {

Result<void> contradiction(JobId job, const std::string& what) {
  return fail(Errc::invalid_argument, "job " + std::to_string(job.value) + ": " + what, "snapshot");
}

}  // namespace

Result<void> Core::restore_job(const KnownJob& known) {
  const JobId id = known.facts.id;
  const JobStatus& s = known.status;
  Result<void> good = model::validate(known.facts);
  if (good) good = model::validate_relations(known.facts);
  if (!good) return contradiction(id, good.error().message);
  if (find(id) != none) return contradiction(id, "is there twice");
  if (is_terminal(s.state)) return contradiction(id, "has ended, and is said to be live");
  if (s.arrival.value == 0 || s.arrival > last_arrival_) {
    return contradiction(id, "has an arrival that was never given out");
  }
  if (s.wish != Wish::none && s.state != JobState::active) {
    return contradiction(id, "is to be stopped, but is not active");
  }
  if (s.finished) return contradiction(id, "is live, but has a time at which it finished");
  if (dependencies_.closes_cycle(id, known.facts.dependencies)) {
    return contradiction(id, "waits for itself");
  }
  add_job(known.facts, s);
  return {};
}

// A blocked job that nothing seems to block stands in line: the next step lets it through.
void Core::restore_waiting(Job& job) {
  if (!dependencies_.empty()) count_pending(job.id);
  if (job.state == JobState::queued) enqueue(job);
  if (job.state != JobState::blocked) return;
  if (job.eligible_at > now_) job.awaits |= awaits_time;
  if (dependencies_.pending(job.id) > 0) job.awaits |= awaits_jobs;
  if (job.awaits == 0) job.awaits = awaits_place;
  hold(job);
}

Result<void> Core::restore_attempt(const AttemptRecord& attempt) {
  const JobId id = attempt.ref.job;
  const std::string which = "attempt " + std::to_string(attempt.ref.attempt);
  Job* const owner = job(id);
  if (owner == nullptr) return contradiction(id, which + " lives, but the job is not there");
  if (owner->state != JobState::active) {
    return contradiction(id, which + " lives, but the job is not active");
  }
  if (owner->live != none) return contradiction(id, "has two live attempts");
  if (attempt.state == AttemptState::ended) return contradiction(id, which + " has ended");
  if (attempt.state == AttemptState::stopping && owner->wish == Wish::none) {
    return contradiction(id, which + " is being stopped, but nobody wished it");
  }
  if (attempt.ref.attempt != owner->attempts) {
    return contradiction(
        id, which + " lives, but is not the last of " + std::to_string(owner->attempts));
  }
  const model::ClassKey& key = classes_[owner->class_id];
  const pool::BookingId booking = pool_.adopt(attempt.ref, attempt.placement, attempt.started,
                                              key.estimate, key.request, key.user);
  owner->live = add_live({attempt.ref, attempt.state, booking, attempt.started,
                          attempt.running_since, attempt.confinement},
                         key.estimate);
  resumed(key);
  return {};
}

Result<void> Core::restore_reservation(const Reservation& promised) {
  const Job* const waiting = job(promised.job);
  if (waiting == nullptr || waiting->state != JobState::queued) {
    return contradiction(promised.job, "has a reservation, but does not wait for a node");
  }
  if (pool_.kept().of(promised.job)) return contradiction(promised.job, "has two reservations");
  if (!options_.policy.planner->keeps_reservations()) return {};
  pool_.kept().restore(
      {waiting->id, waiting->arrival, classes_[waiting->class_id].request, terms(*waiting)},
      promised.node, promised.at);
  return {};
}

Result<void> Core::restore(const Snapshot& snapshot) {
  now_ = snapshot.now;
  last_arrival_ = snapshot.last_arrival;
  for (const std::string& node : snapshot.draining) pool_.set_draining(node, true);
  for (const NodeUsed& used : snapshot.last_uses) pool_.restore_use(used);
  for (const KnownJob& known : snapshot.jobs) {
    if (auto good = restore_job(known); !good) return good;
  }
  dependencies_.refresh_paths();
  for (const KnownJob& known : snapshot.jobs) restore_waiting(*job(known.facts.id));
  for (const UsageChanged& u : snapshot.usages) shares_.load(u);
  for (const MaintenanceChanged& m : snapshot.maintenance) set_maintenance(m.node, m.windows);
  for (const AttemptRecord& attempt : snapshot.attempts) {
    if (auto good = restore_attempt(attempt); !good) return good;
  }
  for (const Reservation& promised : snapshot.reservations) {
    if (auto good = restore_reservation(promised); !good) return good;
  }
  for (const KnownJob& known : snapshot.jobs) {
    if (known.status.state == JobState::active && job(known.facts.id)->live == none) {
      return contradiction(known.facts.id, "is active, but has no live attempt");
    }
  }
  return {};
}

}  // namespace retz::engine
