// Submissions: all of their jobs or none, and once only where an idempotency key comes with them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/facts.hpp"
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
  return Answer{.jobs = (*kept)->jobs, .repeated = true, .explanation = {}};
}

Result<void> check_counts(const Core& core, const SubmitJobs& command) {
  if (command.jobs.empty()) {
    return fail(Errc::invalid_argument, "the submission holds no job", "jobs");
  }
  if (command.jobs.size() > core.options.jobs_per_submission) {
    return fail(Errc::too_large,
                fmt::format("the submission holds {} jobs; at most {} are taken at once",
                            command.jobs.size(), core.options.jobs_per_submission),
                "jobs");
  }
  return room_for(core, command.jobs.size());
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
  std::sort(spec.tags.begin(), spec.tags.end());
  spec.tags.erase(std::unique(spec.tags.begin(), spec.tags.end()), spec.tags.end());
  std::vector<std::string>& models = spec.request.gpus.models;
  std::sort(models.begin(), models.end());
  return {};
}

tl::unexpected<Error> of_job(Error error, std::size_t index, std::size_t count) {
  if (count > 1) {
    error.field = fmt::format("jobs[{}]{}{}", index, error.field.empty() ? "" : ".", error.field);
  }
  return tl::unexpected(std::move(error));
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
  const JobIds ids{{core.last_job.value + 1}, {core.last_job.value + count}};
  std::vector<Event> events;
  Answer answer;
  for (JobId id = ids.first; id <= ids.last; ++id.value) {
    auto spec = std::make_shared<const JobSpec>(
        std::move(command.jobs[static_cast<std::size_t>(id.value - ids.first.value)]));
    events.push_back({JobSubmitted{facts_of(id, *spec, core.options)}});
    batch.specs.emplace(id, spec);
    answer.jobs.push_back(id);
  }
  if (auto refusal = step_all_or_none(core, batch, events, ids)) {
    for (const JobId id : answer.jobs) batch.specs.erase(id);
    if (count > 1) core.last_job = ids.last;  // the engine has met some of them
    const auto index = static_cast<std::size_t>(refusal->job.value - ids.first.value);
    return of_job(std::move(refusal->error), index, count);
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
