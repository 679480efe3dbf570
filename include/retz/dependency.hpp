// What binds jobs to each other: one waits for another, many come from one submission.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "retz/ids.hpp"

namespace retz {

/// A job waits for another.
struct Dependency {
  enum class When : std::uint8_t {
    success,  // the other finished with exit code 0
    end,      // it ended, in whatever way
    failure,  // it failed or was killed
  };
  JobId job = {};
  When when = When::success;
  friend auto operator<=>(const Dependency&, const Dependency&) = default;
};

/// A job waits for another of the same submission, which has no id yet; for an array: for all of
/// its jobs.
struct SiblingDependency {
  std::size_t position = 0;  // in the submission, from 0
  std::string name = {};     // not empty: by name instead, which only one of them may have
  Dependency::When when = Dependency::When::success;
  friend auto operator<=>(const SiblingDependency&, const SiblingDependency&) = default;
};

/// A job of an array: many jobs from one submission, told apart by their index.
struct ArrayPlace {
  JobId array = {};               // its first job; 0 in a submission, which stands for all of it
  std::int64_t from = 0, to = 0;  // both included; at most 1,000,000 apart
  std::int64_t index = 0;         // RETZ_ARRAY_INDEX
  std::uint32_t running_max = 0;  // of its jobs, active at once; 0: no limit
  friend auto operator<=>(const ArrayPlace&, const ArrayPlace&) = default;
};

std::string_view to_string(Dependency::When when) noexcept;

}  // namespace retz
