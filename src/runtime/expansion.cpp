#include "runtime/expansion.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "runtime/members.hpp"
#include "runtime/validation.hpp"

namespace retz::runtime {
namespace {

constexpr std::int64_t array_max = 1'000'000;
constexpr std::uint64_t dependencies_max = 1'000'000;  // of all jobs of a submission

std::uint64_t jobs_of(const JobSpec& spec) {
  return spec.array ? static_cast<std::uint64_t>(spec.array->to - spec.array->from + 1) : 1;
}

/// Looks up jobs that others wait for, each once.
class Prerequisites {
 public:
  Prerequisites(Core& core, const Batch& batch, const std::string& user)
      : core_(core), batch_(batch), user_(user) {}

  /// How it ended; absent: it has not. Error: not_found, also for another user's.
  Result<std::optional<JobState>> find(JobId id) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    Result<std::optional<JobState>> found = look_up(id);
    if (found) known_.emplace(id, *found);
    return found;
  }

  /// The jobs of an array, which are known from then on. Error: not_found, also for another user's.
  Result<std::vector<JobId>> members(JobId first) {
    Result<std::vector<JobRecord>> jobs = jobs_of_array(core_, batch_, user_, first);
    if (!jobs && jobs.error().code == Errc::not_found) {
      return fail(Errc::not_found, fmt::format("no array {}", first.value), "after");
    }
    if (!jobs) return tl::unexpected(std::move(jobs.error()));
    std::vector<JobId> ids;
    for (const JobRecord& job : *jobs) {
      const bool lives = core_.live.owner(job.id) != nullptr;
      known_.emplace(job.id, lives ? std::nullopt : std::optional(job.status.state));
      ids.push_back(job.id);
    }
    return ids;
  }

 private:
  Result<std::optional<JobState>> look_up(JobId id) {
    const tl::unexpected<Error> unknown =
        fail(Errc::not_found, fmt::format("no job {}", id.value), "after");
    if (const std::string* owner = core_.live.owner(id)) {
      if (!may_touch(core_, user_, *owner)) return unknown;
      return std::optional<JobState>{};
    }
    if (id.value == 0 || id > core_.last_job) return unknown;
    if (const auto ended = batch_.ended.find(id); ended != batch_.ended.end()) {
      const auto spec = find_spec(core_, batch_, id);
      if (!spec) return tl::unexpected(spec.error());
      if (!may_touch(core_, user_, (*spec)->user)) return unknown;
      return std::optional<JobState>{ended->second.state};
    }
    const Result<std::optional<JobRecord>> read = core_.store.job(id);
    if (!read) return unreadable(read.error());
    if (!*read || !may_touch(core_, user_, (*read)->spec->user)) return unknown;
    return std::optional<JobState>{(*read)->status.state};
  }

  Core& core_;
  const Batch& batch_;
  const std::string& user_;
  std::map<JobId, std::optional<JobState>> known_;
};

Result<std::size_t> position_of_sibling(const std::vector<JobSpec>& jobs, std::size_t self,
                                        const SiblingDependency& sibling) {
  std::size_t position = sibling.position;
  if (!sibling.name.empty()) {
    const auto named = [&](const JobSpec& job) { return job.name == sibling.name; };
    const auto found = std::find_if(jobs.begin(), jobs.end(), named);
    if (found == jobs.end()) {
      return fail(Errc::invalid_argument,
                  fmt::format("no job of this submission has the name '{}'", sibling.name),
                  "after");
    }
    if (std::find_if(found + 1, jobs.end(), named) != jobs.end()) {
      return fail(Errc::invalid_argument,
                  fmt::format("several jobs of this submission have the name '{}'; say which by "
                              "its position",
                              sibling.name),
                  "after");
    }
    position = static_cast<std::size_t>(found - jobs.begin());
  }
  if (position >= jobs.size()) {
    return fail(
        Errc::invalid_argument,
        fmt::format("the submission has no job at position {}; it has {}", position, jobs.size()),
        "after");
  }
  if (position == self) {
    return fail(Errc::invalid_argument, "the job cannot wait for itself", "after");
  }
  return position;
}

class Expander {
 public:
  Expander(Core& core, const Batch& batch, SubmitJobs& command)
      : jobs_(command.jobs), prerequisites_(core, batch, command.user), core_(core) {
    JobId next{core.last_job.value + 1};
    for (const JobSpec& job : jobs_) {
      out_.first.push_back(next);
      next.value += jobs_of(job);
    }
  }

  Result<Expansion> all() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (auto done = one(i); !done) return of_job(std::move(done.error()), i, jobs_.size());
    }
    return std::move(out_);
  }

 private:
  Result<void> one(std::size_t i) {
    JobSpec& spec = jobs_[i];
    if (auto named = name_arrays(spec); !named) return named;
    Result<std::vector<EndedJob>> ended = look_up(spec);
    if (!ended) return tl::unexpected(std::move(ended.error()));
    if (auto named = name_siblings(i); !named) return named;
    const std::uint64_t count = jobs_of(spec);
    dependencies_ += spec.dependencies.size() * count;
    if (dependencies_ > dependencies_max) return too_many();
    const SettledEstimate estimate = settle_estimate(spec, core_.learner, core_.options);
    if (!spec.array) {
      add(out_.first[i], std::make_shared<const JobSpec>(spec), estimate, *ended);
      return {};
    }
    spec.array->array = out_.first[i];
    for (std::uint64_t k = 0; k < count; ++k) {
      auto member = std::make_shared<JobSpec>(spec);
      member->array->index = spec.array->from + static_cast<std::int64_t>(k);
      add({out_.first[i].value + k}, std::move(member), estimate, *ended);
    }
    return {};
  }

  Result<void> name_arrays(JobSpec& spec) {
    for (const Dependency& whole : std::exchange(spec.whole_arrays, {})) {
      Result<std::vector<JobId>> members = prerequisites_.members(whole.job);
      if (!members) return tl::unexpected(std::move(members.error()));
      if (spec.dependencies.size() + members->size() > dependencies_max) return too_many();
      for (const JobId id : *members) spec.dependencies.push_back({id, whole.when});
    }
    return tidy(spec);
  }

  static Result<void> tidy(JobSpec& spec) {
    std::sort(spec.dependencies.begin(), spec.dependencies.end());
    const auto twice = std::unique(spec.dependencies.begin(), spec.dependencies.end());
    spec.dependencies.erase(twice, spec.dependencies.end());
    return check(spec.dependencies);
  }

  Result<std::vector<EndedJob>> look_up(const JobSpec& spec) {
    std::vector<EndedJob> ended;
    for (const Dependency& dependency : spec.dependencies) {
      if (!ended.empty() && ended.back().job == dependency.job) continue;
      const Result<std::optional<JobState>> state = prerequisites_.find(dependency.job);
      if (!state) return tl::unexpected(state.error());
      if (*state) ended.push_back({dependency.job, **state});
    }
    return ended;
  }

  Result<void> name_siblings(std::size_t i) {
    JobSpec& spec = jobs_[i];
    for (const SiblingDependency& sibling : std::exchange(spec.siblings, {})) {
      const Result<std::size_t> position = position_of_sibling(jobs_, i, sibling);
      if (!position) return tl::unexpected(position.error());
      const bool last = *position + 1 == out_.first.size();
      const JobId end = last ? JobId{out_.first[*position].value + jobs_of(jobs_[*position])}
                             : out_.first[*position + 1];
      if (spec.dependencies.size() + (end.value - out_.first[*position].value) > dependencies_max) {
        return too_many();
      }
      for (JobId id = out_.first[*position]; id < end; ++id.value) {
        spec.dependencies.push_back({id, sibling.when});
      }
    }
    return tidy(spec);
  }

  void add(JobId id, std::shared_ptr<const JobSpec> spec, SettledEstimate estimate,
           const std::vector<EndedJob>& ended) {
    out_.jobs.push_back({facts_of(id, *spec, estimate), ended});
    out_.specs.push_back(std::move(spec));
  }

  static tl::unexpected<Error> too_many() {
    return fail(Errc::too_large,
                fmt::format("the jobs of the submission wait for each other in more than {} ways; "
                            "put a job between that waits for all, and let the others wait for it",
                            dependencies_max),
                "after");
  }

  std::vector<JobSpec>& jobs_;
  Prerequisites prerequisites_;
  Core& core_;
  Expansion out_;
  std::uint64_t dependencies_ = 0;
};

}  // namespace

std::size_t Expansion::position_of(JobId id) const {
  const auto behind = std::upper_bound(first.begin(), first.end(), id);
  return static_cast<std::size_t>(behind - first.begin()) - 1;
}

Result<std::uint64_t> count_jobs(const std::vector<JobSpec>& jobs) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::optional<ArrayPlace>& array = jobs[i].array;
    if (array && (array->to < array->from || array->to / 2 - array->from / 2 > array_max / 2 ||
                  array->to - array->from >= array_max)) {
      return of_job({Errc::invalid_argument,
                     "an array goes from a number to one that is not smaller and less than a "
                     "million away",
                     "array"},
                    i, jobs.size());
    }
    count += jobs_of(jobs[i]);
  }
  return count;
}

Result<Expansion> expand(Core& core, const Batch& batch, SubmitJobs& command) {
  return Expander(core, batch, command).all();
}

tl::unexpected<Error> of_job(Error error, std::size_t position, std::size_t count) {
  if (count > 1) {
    error.field =
        fmt::format("jobs[{}]{}{}", position, error.field.empty() ? "" : ".", error.field);
  }
  return tl::unexpected(std::move(error));
}

}  // namespace retz::runtime
