// Names of things: strong numbers, so that a job is never taken for a lease.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace retz {

template <class Tag>
struct Id {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

/// A job. The host program gives it out, from 1 upwards, and never twice.
using JobId = Id<struct JobTag>;
/// A lease. The cluster gives it out; never reused within the life of an engine.
using LeaseId = Id<struct LeaseTag>;
/// A place in the queue: the engine gives it out at submission (and at the re-run of an ended job).
using Arrival = Id<struct ArrivalTag>;
/// A committed batch. Consecutive; a store that has seen a number does not apply it again.
using BatchNumber = Id<struct BatchTag>;
/// Comes with an event and goes back to the event's source once the event is durable. 0: none
/// wanted.
using Receipt = Id<struct ReceiptTag>;

/// One launch of a job. `attempt` counts from 1; the pair never repeats.
struct AttemptRef {
  JobId job = {};
  std::uint32_t attempt = 0;
  friend constexpr auto operator<=>(const AttemptRef&, const AttemptRef&) = default;
};

}  // namespace retz

template <class Tag>
struct std::hash<retz::Id<Tag>> {
  std::size_t operator()(retz::Id<Tag> id) const noexcept {
    return static_cast<std::size_t>(id.value *
                                    0x9E3779B97F4A7C15ULL);  // Knuth's multiplicative hash
  }
};

template <>
struct std::hash<retz::AttemptRef> {
  std::size_t operator()(const retz::AttemptRef& ref) const noexcept {
    return std::hash<retz::JobId>{}(ref.job) ^ (std::size_t{ref.attempt} << 1U);
  }
};
