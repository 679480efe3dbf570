// One step of the engine, and what it means for the batch and for the tables.
#pragma once

#include <optional>
#include <span>

#include "runtime/core.hpp"

namespace retz::runtime {

/// The ids first..last, both included; empty by default.
struct JobIds {
  JobId first{1}, last{0};
  bool contains(JobId id) const { return first <= id && id <= last; }
};

/// Steps the engine at the batch's stamp and books what comes out of it. Returns the first refusal.
std::optional<Refuse> step(Core& core, Batch& batch, std::span<const Event> events, Pass pass);

/// The same for jobs that are added all or none: when one is refused the engine forgets the others
/// at once, and nothing of them is booked. Requires: their specs are in the batch.
std::optional<Refuse> step_all_or_none(Core& core, Batch& batch, std::span<const Event> events,
                                       JobIds added);

/// The named state in which the drained nodes are stored, one a line.
inline constexpr const char* draining_state = "nodes.draining";

/// Drained nodes outlive a restart: notes the change, if it is one, to be written.
void note_drained(Core& core, Batch& batch, const NodeDrained& drained);

}  // namespace retz::runtime
