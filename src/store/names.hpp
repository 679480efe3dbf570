// The names under which the SQLite store writes enumerations.
#pragma once

#include <optional>
#include <string_view>

#include "retz/job.hpp"

namespace retz::store {

std::optional<JobState> job_state(std::string_view name) noexcept;
std::optional<AttemptState> attempt_state(std::string_view name) noexcept;
std::optional<OutcomeKind> outcome_kind(std::string_view name) noexcept;
std::optional<Wish> wish(std::string_view name) noexcept;
std::optional<EstimateSource> estimate_source(std::string_view name) noexcept;

}  // namespace retz::store
