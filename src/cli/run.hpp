// retz-client run: a job as if it were a command of this shell.
#pragma once

#include "cli/client.hpp"

namespace retz::cli {

void add_run_command(CLI::App& app, Client& client);

}  // namespace retz::cli
