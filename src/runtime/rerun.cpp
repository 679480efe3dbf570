// Re-runs, also of jobs that ended long ago and are known to the store alone.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/facts.hpp"
#include "runtime/members.hpp"

namespace retz::runtime {
namespace {

tl::unexpected<Error> unknown_job(JobId id) {
  return fail(Errc::not_found, "no job " + std::to_string(id.value));
}

/// An ended job: its status is the batch's where it ended in this batch, else the store's.
Result<JobRecord> ended_job(Core& core, const Batch& batch, JobId id) {
  const auto ended = batch.ended.find(id);
  if (const auto added = batch.estimates.find(id);
      ended != batch.ended.end() && added != batch.estimates.end()) {
    return JobRecord{id, batch.specs.at(id), ended->second, added->second.value,
                     added->second.source};
  }
  Result<std::optional<JobRecord>> read = core.store.job(id);
  if (!read) return unreadable(read.error());
  if (!*read) return unknown_job(id);
  if (ended != batch.ended.end()) (*read)->status = ended->second;
  return std::move(**read);
}

/// The event that runs it again. Error: why that cannot be.
Result<JobRerun> rerun_of(Core& core, Batch& batch, const RerunJob& command, JobId id) {
  if (const std::string* owner = core.live.owner(id)) {
    if (!may_touch(core, command.user, *owner)) return unknown_job(id);
    return JobRerun{id, command.kill_running, {}};
  }
  Result<JobRecord> job = ended_job(core, batch, id);
  if (!job) return tl::unexpected(std::move(job.error()));
  if (!may_touch(core, command.user, job->spec->user)) return unknown_job(id);
  if (auto usable = usable_application(core, job->spec->application, job->spec->user); !usable) {
    return fail(Errc::conflict, "it cannot run again: " + usable.error().message);
  }
  if (auto room = room_for(core, 1); !room) return tl::unexpected(std::move(room.error()));
  batch.specs[job->id] = job->spec;
  core.specs.put(job->id, job->spec);
  return JobRerun{id, command.kill_running, KnownJob{facts_of(*job, core.options), job->status}};
}

/// One active job that may not be killed refuses the re-run of the whole array, before any of it
/// was touched.
Result<Answer> rerun_array(Core& core, Batch& batch, const RerunJob& command) {
  Result<std::vector<JobRecord>> members = jobs_of_array(core, batch, command.user, command.job);
  if (!members) return tl::unexpected(std::move(members.error()));
  const auto active = std::count_if(members->begin(), members->end(), [](const JobRecord& job) {
    return job.status.state == JobState::active;
  });
  if (active > 0 && !command.kill_running) {
    return fail(Errc::conflict,
                fmt::format("{} jobs of array {} run; kill them with the re-run, or wait", active,
                            command.job.value));
  }
  if (auto room = room_for(core, members->size()); !room) {
    return tl::unexpected(std::move(room.error()));
  }
  std::vector<Event> events;
  Answer answer;
  for (const JobRecord& job : *members) {
    Result<JobRerun> event = rerun_of(core, batch, command, job.id);
    if (!event) return tl::unexpected(std::move(event.error()));
    events.push_back({std::move(*event)});
    answer.jobs.push_back(job.id);
  }
  if (auto refusal = step(core, batch, events, Pass::none)) {
    return tl::unexpected(std::move(refusal->error));
  }
  return answer;
}

}  // namespace

Result<Answer> apply(Core& core, Batch& batch, RerunJob& command) {
  if (command.array) return rerun_array(core, batch, command);
  Result<JobRerun> event = rerun_of(core, batch, command, command.job);
  if (!event) return tl::unexpected(std::move(event.error()));
  const std::vector<Event> events{{std::move(*event)}};
  if (auto refusal = step(core, batch, events, Pass::none)) {
    return tl::unexpected(std::move(refusal->error));
  }
  Answer answer;
  answer.jobs = {command.job};
  return answer;
}

}  // namespace retz::runtime
