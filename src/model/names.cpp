// The names of states and outcomes, as they stand in JSON and in the store.
#include "retz/job.hpp"

namespace retz {

std::string_view to_string(Dependency::When when) noexcept {
  switch (when) {
    case Dependency::When::success:
      return "success";
    case Dependency::When::end:
      return "end";
    case Dependency::When::failure:
      return "failure";
  }
  return "unknown";
}

std::string_view to_string(EstimateSource source) noexcept {
  switch (source) {
    case EstimateSource::given:
      return "given";
    case EstimateSource::time_limit:
      return "time_limit";
    case EstimateSource::learnt:
      return "learnt";
    case EstimateSource::fallback:
      return "fallback";
  }
  return "unknown";
}

std::string_view to_string(Wish wish) noexcept {
  switch (wish) {
    case Wish::none:
      return "none";
    case Wish::kill:
      return "kill";
    case Wish::rerun:
      return "rerun";
  }
  return "unknown";
}

std::string_view to_string(JobState state) noexcept {
  switch (state) {
    case JobState::blocked:
      return "blocked";
    case JobState::queued:
      return "queued";
    case JobState::active:
      return "active";
    case JobState::finished:
      return "finished";
    case JobState::failed:
      return "failed";
    case JobState::killed:
      return "killed";
  }
  return "unknown";
}

std::string_view to_string(AttemptState state) noexcept {
  switch (state) {
    case AttemptState::starting:
      return "starting";
    case AttemptState::running:
      return "running";
    case AttemptState::stopping:
      return "stopping";
    case AttemptState::unreachable:
      return "unreachable";
    case AttemptState::ended:
      return "ended";
  }
  return "unknown";
}

std::string_view to_string(OutcomeKind kind) noexcept {
  switch (kind) {
    case OutcomeKind::exited:
      return "exited";
    case OutcomeKind::signaled:
      return "signaled";
    case OutcomeKind::timed_out:
      return "timed_out";
    case OutcomeKind::out_of_memory:
      return "out_of_memory";
    case OutcomeKind::killed:
      return "killed";
    case OutcomeKind::fetch_failed:
      return "fetch_failed";
    case OutcomeKind::cannot_launch:
      return "cannot_launch";
    case OutcomeKind::launch_failed:
      return "launch_failed";
    case OutcomeKind::node_lost:
      return "node_lost";
    case OutcomeKind::dependency_failed:
      return "dependency_failed";
  }
  return "unknown";
}

}  // namespace retz
