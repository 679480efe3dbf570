// What the end of a task means for its attempt.
#pragma once

#include "mesos/event.hpp"
#include "retz/job.hpp"

namespace retz::mesos {

/// Of a terminal state, and of UNREACHABLE or UNKNOWN once they are taken for one. `stopped`: we
/// asked for its end.
Outcome outcome_of(const TaskStatus& status, bool stopped);

/// It ended, and this status lacks the words of its executor: those come with another update, if it
/// is still to come.
bool lacks_words(const TaskStatus& status);

}  // namespace retz::mesos
