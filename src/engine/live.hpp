// What the engine holds of a live job and of a live attempt.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/classes.hpp"
#include "pool/pool.hpp"
#include "retz/job.hpp"

namespace retz::engine {

constexpr std::uint32_t none = 0xFFFFFFFFU;

/// What few jobs have: those that started, or ended an attempt.
struct Past {
  std::optional<Instant> started;
  std::optional<Outcome> outcome;  // with a wish to kill: why, until the attempt has ended
};

/// What a blocked job waits for: all that applies. A place in the queue only when nothing else
/// does.
enum Awaits : std::uint8_t { awaits_time = 1, awaits_jobs = 2, awaits_place = 4 };

/// A live job. Kept small: a million of them wait.
struct Job {
  JobId id;
  Arrival arrival;
  Instant submitted{};
  Instant eligible_at{};
  std::unique_ptr<Past> past;
  model::ClassId class_id = 0;
  model::ProfileId profile = 0;
  std::uint32_t ticket = none;  // while queued: in the queue
  std::uint32_t live = none;    // while active: its attempt
  std::uint32_t attempts = 0;
  std::uint32_t tries = 0;
  std::uint32_t system_failures = 0;
  JobState state = JobState::queued;
  Wish wish = Wish::none;
  std::uint8_t awaits = 0;  // while blocked: of Awaits
};

/// Jobs alike that are there: their class and their profile, or unknown.
struct Alike {
  model::ClassId class_id = model::unknown;
  model::ProfileId profile = model::unknown;
};

/// An attempt that has not ended.
struct Live {
  AttemptRef ref;
  AttemptState state = AttemptState::starting;
  pool::BookingId booking = 0;
  Instant started{};
  std::optional<Instant> running_since;
  std::string confinement;
};

}  // namespace retz::engine
