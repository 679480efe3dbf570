// Submissions: all of their jobs or none, and once only where an idempotency key comes with them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/expansion.hpp"
#include "runtime/validation.hpp"

namespace retz::runtime {
namespace {

constexpr std::size_t longest_key = 255;

/// What the key made before: in this very batch, or in the store.
Result<std::optional<KeepKey>> kept_key(const Core& core, const Batch& batch,
                                        const SubmitJobs& command) {
  for (const std::size_t at : batch.keys) {
    const KeepKey& kept = std::get<KeepKey>(batch.writes[at]);
    if (kept.user == command.user && kept.key == command.idempotency_key) return kept;
  }
  Result<std::optional<KeepKey>> read = core.store.key(command.user, command.idempotency_key);
  if (!read) return unreadable(read.error());
  return read;
}

Result<std::optional<Answer>> answered_before(const Core& core, const Batch& batch,
                                              const SubmitJobs& command) {
  if (command.idempotency_key.empty()) return std::nullopt;
  if (command.idempotency_key.size() > longest_key) {
    return fail(Errc::invalid_argument,
                fmt::format("the idempotency key has more than {} bytes", longest_key),
                "Idempotency-Key");
  }
  Result<std::optional<KeepKey>> kept = kept_key(core, batch, command);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return std::nullopt;
  if ((*kept)->body_digest != command.body_digest) {
    return fail(Errc::conflict,
                "this idempotency key came before with another body; use a new key for it",
                "Idempotency-Key");
  }
  Answer answer;
  answer.jobs = (*kept)->jobs;
  answer.repeated = true;
  return answer;
}

Result<void> check_counts(const Core& core, const SubmitJobs& command) {
  if (command.jobs.empty()) {
    return fail(Errc::invalid_argument, "the submission holds no job", "jobs");
  }
  const Result<std::uint64_t> count = count_jobs(command.jobs);
  if (!count) return tl::unexpected(count.error());
  if (*count > core.options.jobs_per_submission) {
    return fail(Errc::too_large,
                fmt::format("the submission holds {} jobs; at most {} are taken at once", *count,
                            core.options.jobs_per_submission),
                "jobs");
  }
  return room_for(core, *count);
}

void normalise(std::vector<Constraint>& constraints) {
  for (Constraint& constraint : constraints) {
    std::sort(constraint.values.begin(), constraint.values.end());
  }
  std::sort(constraints.begin(), constraints.end());
  constraints.erase(std::unique(constraints.begin(), constraints.end()), constraints.end());
}

/// What means the same becomes the same.
void normalise(JobSpec& spec) {
  std::sort(spec.tags.begin(), spec.tags.end());
  spec.tags.erase(std::unique(spec.tags.begin(), spec.tags.end()), spec.tags.end());
  std::vector<std::string>& models = spec.request.gpus.models;
  std::sort(models.begin(), models.end());
  normalise(spec.request.constraints);
  if (spec.request.preference) normalise(spec.request.preference->constraints);
  std::sort(spec.dependencies.begin(), spec.dependencies.end());
  if (spec.array) {
    spec.array->array = {};
    spec.array->index = 0;
  }
}

/// Fills in what the rest of the job's life must not depend on others for: its owner, and the grace
/// period, which its application may change later.
Result<void> settle(const Core& core, const std::string& user, JobSpec& spec) {
  if (auto valid = check(spec); !valid) return valid;
  if (!user.empty()) spec.user = user;
  const auto application = usable_application(core, spec.application, user);
  if (!application) return tl::unexpected(application.error());
  if (spec.user.empty()) spec.user = (*application)->owner;
  if (!spec.grace_period) spec.grace_period = (*application)->grace_period;
  normalise(spec);
  return {};
}

}  // namespace

Result<void> room_for(const Core& core, std::uint64_t more) {
  const EngineCounts counts = core.engine.counts();
  const std::uint64_t waiting = counts.blocked + counts.queued;
  if (waiting + more <= core.options.waiting_jobs) return {};
  return fail(Errc::unavailable, fmt::format("{} jobs wait and {} are allowed to; try again later",
                                             waiting, core.options.waiting_jobs));
}

Result<Answer> apply(Core& core, Batch& batch, SubmitJobs& command) {
  Result<std::optional<Answer>> before = answered_before(core, batch, command);
  if (!before) return tl::unexpected(before.error());
  if (*before) return std::move(**before);
  if (auto counted = check_counts(core, command); !counted) {
    return tl::unexpected(counted.error());
  }
  const std::size_t count = command.jobs.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (auto settled = settle(core, command.user, command.jobs[i]); !settled) {
      return of_job(std::move(settled.error()), i, count);
    }
  }
  Result<Expansion> expanded = expand(core, batch, command);
  if (!expanded) return tl::unexpected(std::move(expanded.error()));
  std::vector<Event> events;
  Answer answer;
  for (std::size_t i = 0; i < expanded->jobs.size(); ++i) {
    const JobFacts& facts = expanded->jobs[i].facts;
    batch.specs.emplace(facts.id, expanded->specs[i]);
    batch.estimates.emplace(facts.id, SettledEstimate{facts.estimate, facts.estimate_source});
    answer.jobs.push_back(facts.id);
    events.push_back({std::move(expanded->jobs[i])});
  }
  const JobIds ids{answer.jobs.front(), answer.jobs.back()};
  if (auto refusal = step_all_or_none(core, batch, events, ids)) {
    for (const JobId id : answer.jobs) batch.specs.erase(id);
    if (answer.jobs.size() > 1) core.last_job = ids.last;  // the engine has met some of them
    if (refusal->error.field.starts_with("dependencies")) refusal->error.field = "after";
    return of_job(std::move(refusal->error), expanded->position_of(refusal->job), count);
  }
  core.last_job = ids.last;
  for (const JobId id : answer.jobs) core.specs.put(id, batch.specs.at(id));
  if (!command.idempotency_key.empty()) {
    batch.keys.push_back(batch.writes.size());
    batch.writes.emplace_back(KeepKey{command.user, command.idempotency_key, command.body_digest,
                                      answer.jobs, batch.stamp});
  }
  return answer;
}

}  // namespace retz::runtime
