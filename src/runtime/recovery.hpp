// From the store's rows to a runtime that goes on where the last one stopped.
#pragma once

#include "runtime/core.hpp"

namespace retz::runtime {

/// Error: what the store, the engine or the cluster said.
Result<std::unique_ptr<Core>> recover(RuntimeOptions options, Mailbox& mailbox, Clock& clock,
                                      Store& store, Cluster& cluster);

}  // namespace retz::runtime
