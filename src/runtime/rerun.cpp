// Re-runs, also of jobs that ended long ago and are known to the store alone.
#include <utility>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/facts.hpp"

namespace retz::runtime {
namespace {

tl::unexpected<Error> unknown_job(JobId id) {
  return fail(Errc::not_found, "no job " + std::to_string(id.value));
}

/// An ended job: its status is the batch's where it ended in this batch, else the store's.
Result<JobRecord> ended_job(Core& core, const Batch& batch, JobId id) {
  if (const auto ended = batch.ended.find(id); ended != batch.ended.end()) {
    Result<std::shared_ptr<const JobSpec>> spec = find_spec(core, batch, id);
    if (!spec) return tl::unexpected(spec.error());
    return JobRecord{id, *spec, ended->second};
  }
  Result<std::optional<JobRecord>> read = core.store.job(id);
  if (!read) return unreadable(read.error());
  if (!*read) return unknown_job(id);
  return std::move(**read);
}

Result<Answer> rerun(Core& core, Batch& batch, JobRerun event) {
  const JobId id = event.job;
  const std::vector<Event> events{{std::move(event)}};
  if (auto refusal = step(core, batch, events, Pass::none)) {
    return tl::unexpected(std::move(refusal->error));
  }
  return Answer{.jobs = {id}, .repeated = false, .explanation = {}};
}

}  // namespace

Result<Answer> apply(Core& core, Batch& batch, RerunJob& command) {
  if (const std::string* owner = core.live.owner(command.job)) {
    if (!may_touch(core, command.user, *owner)) return unknown_job(command.job);
    return rerun(core, batch, {command.job, command.kill_running, {}});
  }
  Result<JobRecord> job = ended_job(core, batch, command.job);
  if (!job) return tl::unexpected(std::move(job.error()));
  if (!may_touch(core, command.user, job->spec->user)) return unknown_job(command.job);
  if (auto usable = usable_application(core, job->spec->application, job->spec->user); !usable) {
    return fail(Errc::conflict, "it cannot run again: " + usable.error().message);
  }
  if (auto room = room_for(core, 1); !room) return tl::unexpected(std::move(room.error()));
  batch.specs[job->id] = job->spec;
  core.specs.put(job->id, job->spec);
  KnownJob known{facts_of(job->id, *job->spec, core.options), job->status};
  return rerun(core, batch, {command.job, command.kill_running, std::move(known)});
}

}  // namespace retz::runtime
