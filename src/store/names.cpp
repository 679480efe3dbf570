// The names under which the SQLite store writes enumerations.
#include "store/names.hpp"

#include <cstdint>

namespace retz::store {
namespace {

// Enumerations count from 0 without gaps.
template <class Enum, class Name>
std::optional<Enum> by_name(std::string_view wanted, Enum last, Name name) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Enum>(i)) == wanted) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<JobState> job_state(std::string_view name) noexcept {
  return by_name(name, JobState::killed, [](JobState s) { return to_string(s); });
}

std::optional<AttemptState> attempt_state(std::string_view name) noexcept {
  return by_name(name, AttemptState::ended, [](AttemptState s) { return to_string(s); });
}

std::optional<OutcomeKind> outcome_kind(std::string_view name) noexcept {
  return by_name(name, OutcomeKind::dependency_failed, [](OutcomeKind k) { return to_string(k); });
}

std::optional<Wish> wish(std::string_view name) noexcept {
  return by_name(name, Wish::rerun, [](Wish w) { return to_string(w); });
}

std::optional<EstimateSource> estimate_source(std::string_view name) noexcept {
  return by_name(name, EstimateSource::fallback, [](EstimateSource s) { return to_string(s); });
}

}  // namespace retz::store
