// Kills, by id, by tag or of an array.
#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/booking.hpp"
#include "runtime/commands.hpp"
#include "runtime/members.hpp"

namespace retz::runtime {
namespace {

constexpr std::uint32_t page = 65536;

bool has_tag(const JobSpec& spec, const std::string& tag) {
  return std::binary_search(spec.tags.begin(), spec.tags.end(), tag);
}

/// Live jobs with the tag that the user may touch: the store's, and those of this very batch.
Result<std::vector<JobId>> tagged(const Core& core, const Batch& batch, const KillJobs& command) {
  std::vector<JobId> found;
  for (const auto& [id, spec] : batch.specs) {
    if (core.live.contains(id) && has_tag(*spec, command.tag) &&
        may_touch(core, command.user, spec->user)) {
      found.push_back(id);
    }
  }
  JobQuery query;
  if (!may_touch(core, command.user, {})) query.user = command.user;
  query.tag = command.tag;
  query.states = {JobState::blocked, JobState::queued, JobState::active};
  query.limit = page;
  for (bool more = true; more;) {
    Result<JobPage> read = core.store.jobs(query);
    if (!read) return unreadable(read.error());
    for (const JobRecord& job : read->jobs) {
      if (core.live.contains(job.id)) found.push_back(job.id);
    }
    more = read->more && !read->jobs.empty();
    if (more) query.below = read->jobs.back().id;
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// The named jobs that are still live. One that is not there, or not theirs, refuses the whole
/// command; an ended one has nothing left to kill.
Result<std::vector<JobId>> named(const Core& core, const Batch& batch, const KillJobs& command) {
  std::vector<JobId> found;
  for (const JobId id : command.jobs) {
    const tl::unexpected<Error> unknown =
        fail(Errc::not_found, "no job " + std::to_string(id.value), "jobs");
    if (const std::string* owner = core.live.owner(id)) {
      if (!may_touch(core, command.user, *owner)) return unknown;
      found.push_back(id);
      continue;
    }
    if (id > core.last_job || id.value == 0) return unknown;
    if (const auto spec = batch.specs.find(id); spec != batch.specs.end()) {
      if (!may_touch(core, command.user, spec->second->user)) return unknown;
      continue;
    }
    Result<std::optional<JobRecord>> read = core.store.job(id);
    if (!read) return unreadable(read.error());
    if (!*read || !may_touch(core, command.user, (*read)->spec->user)) return unknown;
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// Of an array, those that are still live.
Result<std::vector<JobId>> members(Core& core, const Batch& batch, const KillJobs& command) {
  Result<std::vector<JobRecord>> jobs = jobs_of_array(core, batch, command.user, command.array);
  if (!jobs) return tl::unexpected(std::move(jobs.error()));
  std::vector<JobId> found;
  for (const JobRecord& job : *jobs) {
    if (core.live.contains(job.id)) found.push_back(job.id);
  }
  return found;
}

Result<std::vector<JobId>> meant(Core& core, const Batch& batch, const KillJobs& command) {
  if (!command.jobs.empty()) return named(core, batch, command);
  if (!command.tag.empty()) return tagged(core, batch, command);
  return members(core, batch, command);
}

}  // namespace

Result<Answer> apply(Core& core, Batch& batch, KillJobs& command) {
  if (command.jobs.empty() && command.tag.empty() && command.array.value == 0) {
    return fail(Errc::invalid_argument, "name the jobs to kill, a tag, or an array", "jobs");
  }
  Result<std::vector<JobId>> found = meant(core, batch, command);
  if (!found) return tl::unexpected(std::move(found.error()));
  std::vector<Event> events;
  for (const JobId id : *found) {
    events.push_back({JobCancelled{
        id, command.user.empty() ? "killed by the operator" : "killed by " + command.user}});
  }
  if (!events.empty()) step(core, batch, events, Pass::none);
  Answer answer;
  answer.jobs = std::move(*found);
  return answer;
}

}  // namespace retz::runtime
