// What clients ask for, one family a file. Each turns a command into events for the engine and into
// writes for the store, or refuses it before either has seen anything of it.
#pragma once

#include "runtime/core.hpp"

namespace retz::runtime {

Result<Answer> apply(Core& core, Batch& batch, SubmitJobs& command);
Result<Answer> apply(Core& core, Batch& batch, KillJobs& command);
Result<Answer> apply(Core& core, Batch& batch, RerunJob& command);
Result<Answer> apply(Core& core, Batch& batch, StoreApplication& command);
Result<Answer> apply(Core& core, Batch& batch, RemoveApplication& command);
Result<Answer> apply(Core& core, Batch& batch, StoreUser& command);
Result<Answer> apply(Core& core, Batch& batch, DrainNode& command);
Result<Answer> apply(Core& core, Batch& batch, PlanMaintenance& command);
Result<Answer> apply(Core& core, Batch& batch, SetPolicy& command);

/// Between two steps, also while a commit fails: it writes nothing.
Result<Answer> explain(const Core& core, const ExplainJob& command);

/// Error: unavailable when that many more jobs would wait than are allowed to.
Result<void> room_for(const Core& core, std::uint64_t more);

/// The application of a job that is to be queued. Error: not_found, conflict.
Result<std::shared_ptr<const Application>> usable_application(const Core& core,
                                                              const std::string& name,
                                                              const std::string& user);

}  // namespace retz::runtime
