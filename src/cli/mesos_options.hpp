// What retz-server is told of Mesos.
#pragma once

#include <string>
#include <vector>

#include "cli/settings_reader.hpp"

namespace retz::cli {

/// Those that are for mesos mode alone.
const std::vector<std::string>& mesos_keys();

/// Requires: settings().mesos is there; local's user has been read.
void read_mesos(Reader& in, const ServerArguments& arguments);

}  // namespace retz::cli
