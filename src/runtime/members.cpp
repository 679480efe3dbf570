#include "runtime/members.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace retz::runtime {
namespace {

constexpr std::uint32_t page_size = 65536;

bool is_member(const JobSpec& spec, JobId first) {
  return spec.array && spec.array->array == first;
}

/// Those that this batch adds: all of an array are added by one.
std::vector<JobRecord> in_batch(const Batch& batch, JobId first) {
  std::vector<JobRecord> found;
  for (const Write& write : batch.writes) {
    const auto* add = std::get_if<AddJob>(&write);
    if (add != nullptr && is_member(*add->job.spec, first)) found.push_back(add->job);
  }
  return found;
}

Result<std::vector<JobRecord>> in_store(const Store& store, JobId first) {
  std::vector<JobRecord> found;
  JobQuery query;
  query.array = first;
  query.limit = page_size;
  for (bool more = true; more;) {
    Result<JobPage> read = store.jobs(query);
    if (!read) return unreadable(read.error());
    std::move(read->jobs.begin(), read->jobs.end(), std::back_inserter(found));
    more = read->more && !read->jobs.empty();
    if (more) query.below = found.back().id;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

/// What the batch made of them since.
void bring_up_to_date(const Batch& batch, std::vector<JobRecord>& jobs) {
  for (const Write& write : batch.writes) {
    const auto* update = std::get_if<UpdateJob>(&write);
    if (update == nullptr) continue;
    const auto found = std::lower_bound(jobs.begin(), jobs.end(), update->job,
                                        [](const JobRecord& job, JobId id) { return job.id < id; });
    if (found != jobs.end() && found->id == update->job) found->status = update->status;
  }
}

}  // namespace

Result<std::vector<JobRecord>> jobs_of_array(Core& core, const Batch& batch,
                                             const std::string& user, JobId first) {
  const tl::unexpected<Error> unknown =
      fail(Errc::not_found, fmt::format("no array {}", first.value), "array");
  if (first.value == 0 || first > core.last_job) return unknown;
  Result<std::shared_ptr<const JobSpec>> spec = find_spec(core, batch, first);
  if (!spec && spec.error().code == Errc::not_found) return unknown;
  if (!spec) return tl::unexpected(std::move(spec.error()));
  if (!is_member(**spec, first) || !may_touch(core, user, (*spec)->user)) return unknown;
  std::vector<JobRecord> jobs = in_batch(batch, first);
  if (jobs.empty()) {
    Result<std::vector<JobRecord>> stored = in_store(core.store, first);
    if (!stored) return stored;
    jobs = std::move(*stored);
  }
  bring_up_to_date(batch, jobs);
  return jobs;
}

}  // namespace retz::runtime
