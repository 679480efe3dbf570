// retz-sim: what its subcommands share.
#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace retz::cli {

/// What a run of the program will do, once its arguments are read. Returns the exit code.
struct Sim {
  bool json = false;
  std::function<int()> action;  // of the subcommand given
};

void add_run_command(CLI::App& app, Sim& sim);
void add_compare_command(CLI::App& app, Sim& sim);
void add_windows_command(CLI::App& app, Sim& sim);
void add_pack_command(CLI::App& app, Sim& sim);
void add_bins_command(CLI::App& app, Sim& sim);
void add_workflow_command(CLI::App& app, Sim& sim);
void add_generate_command(CLI::App& app, Sim& sim);
void add_convert_command(CLI::App& app, Sim& sim);
void add_replay_command(CLI::App& app, Sim& sim);

}  // namespace retz::cli
