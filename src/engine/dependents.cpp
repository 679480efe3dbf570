// Jobs that wait for other jobs. A blocked job waits for all of its dependencies that are carried,
// also for those that run again; one that ended as it should no longer counts.
#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "engine/core.hpp"

namespace retz::engine {

// Nothing: it is carried, or unknown.
std::optional<JobState> Core::ended_state(const JobSubmitted& event, JobId id) const {
  if (find(id) != none) return std::nullopt;
  if (const auto now = ended_now_.find(id); now != ended_now_.end()) return now->second;
  const auto told = std::find_if(event.ended.begin(), event.ended.end(),
                                 [id](const EndedJob& e) { return e.job == id; });
  if (told == event.ended.end()) return std::nullopt;
  return told->state;
}

Result<void> Core::known_dependencies(const JobSubmitted& event) const {
  const std::vector<Dependency>& on = event.facts.dependencies;
  for (std::size_t i = 0; i < on.size(); ++i) {
    if (find(on[i].job) != none) continue;
    const std::string field = "dependencies[" + std::to_string(i) + "].job";
    const auto state = ended_state(event, on[i].job);
    if (!state) {
      return fail(Errc::invalid_argument,
                  field + ": there is no job " + std::to_string(on[i].job.value), field);
    }
    if (!is_terminal(*state)) {
      return fail(Errc::invalid_argument,
                  field + ": job " + std::to_string(on[i].job.value) +
                      " is said to have ended as " + std::string(to_string(*state)),
                  field);
    }
  }
  return {};
}

void Core::count_pending(JobId id) {
  const auto on = dependencies_.of(id);
  const auto carried = std::count_if(on.begin(), on.end(),
                                     [this](const Dependency& d) { return find(d.job) != none; });
  if (carried > 0) dependencies_.add_pending(id, static_cast<std::int32_t>(carried));
}

// A job that had ended is carried again: who is blocked and names it waits for it once more.
void Core::now_lives(JobId id) {
  if (dependencies_.empty()) return;
  for (auto dependent = dependencies_.dependent_after(id, {}); dependent.job.value != 0;
       dependent = dependencies_.dependent_after(id, dependent.job)) {
    dependencies_.add_pending(dependent.job, 1);
    Job& waiting = *job(dependent.job);
    if (waiting.state != JobState::blocked) continue;
    if ((waiting.awaits & awaits_place) != 0) leave_waiting(waiting);
    waiting.awaits |= awaits_jobs;
  }
}

void Core::no_longer_lives(JobId id, JobState state) {
  if (watches_ends_) ended_now_[id] = state;
  if (dependencies_.empty()) return;
  dependencies_.remove(id);
  if (dependencies_.has_dependents(id)) untold_.emplace_back(id, state);
}

// One after the other, not one inside the other: a chain may be long.
void Core::tell_dependents() {
  for (std::size_t next = 0; next < untold_.size(); ++next) {
    const auto [id, state] = untold_[next];
    for (auto dependent = dependencies_.dependent_after(id, {}); dependent.job.value != 0;
         dependent = dependencies_.dependent_after(id, dependent.job)) {
      dependencies_.add_pending(dependent.job, -1);
      Job& waiting = *job(dependent.job);
      if (waiting.state != JobState::blocked) continue;
      if (!model::meets(state, dependent.when)) {
        dependency_failed(waiting, id, state, dependent.when);
      } else if (dependencies_.pending(dependent.job) == 0) {
        waiting.awaits = static_cast<std::uint8_t>(waiting.awaits & ~awaits_jobs);
        if (waiting.awaits != 0) continue;
        waiting.eligible_at = now_;
        release(waiting);
      }
    }
  }
  untold_.clear();
}

void Core::dependency_failed(Job& waiting, JobId on, JobState state, Dependency::When when) {
  leave_waiting(waiting);
  if (waiting.state == JobState::queued) enter(waiting, JobState::blocked);
  end_job(waiting, JobState::failed,
          {OutcomeKind::dependency_failed, -1, 0, model::unmet(on, state, waiting.id, when)});
}

// Orderings that rank every job may go by how much depends on it.
void Core::rank_paths_anew() {
  if (!dependencies_.stale()) return;
  for (const JobId id : dependencies_.refresh_paths()) {
    const Job* const found = job(id);
    if (found != nullptr && found->ticket != none) queue_.rank_anew(found->ticket, now_);
  }
}

}  // namespace retz::engine
