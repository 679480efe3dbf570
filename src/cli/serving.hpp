// A server at work: store, cluster, runtime and API of one data directory.
#pragma once

#include "cli/data_directory.hpp"
#include "cli/log.hpp"
#include "cli/server_options.hpp"

namespace retz::cli {

/// Serves until SIGTERM or SIGINT; running jobs go on after it returns. Requires: both signals are
/// blocked in all threads. Error: what kept it from starting.
Result<void> serve_until_told(const ServerSettings& settings, const DataDirectory& data, Log& log);

}  // namespace retz::cli
