// retz-sim: tries policies on recorded workloads, with the engine that runs in production.
#include <csignal>
#include <exception>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/sim/sim.hpp"

namespace retz::cli {
namespace {

int main_of_sim(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Sim sim;
  CLI::App app{"Tries scheduling policies on recorded workloads.", "retz-sim"};
  app.set_version_flag("--version", "retz-sim " RETZ_VERSION);
  app.add_flag("--json", sim.json, "Print one JSON document");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer("Exit code: 0 done, 1 the run failed, 2 bad usage or input.");
  add_run_command(app, sim);
  add_generate_command(app, sim);
  add_convert_command(app, sim);
  add_compare_command(app, sim);
  add_replay_command(app, sim);
  add_windows_command(app, sim);
  add_pack_command(app, sim);
  add_bins_command(app, sim);
  add_workflow_command(app, sim);
  const int parsed =
      parse_arguments(app, with_two_dashes(std::vector<std::string>(argv + 1, argv + argc)));
  if (parsed >= 0) return parsed;
  const int status = sim.action();
  std::cout.flush();
  if (std::cout || status != 0) return status;
  std::cerr << "retz-sim: cannot write to the standard output\n";
  return 1;
}

}  // namespace
}  // namespace retz::cli

int main(int argc, char** argv) {
  try {
    return retz::cli::main_of_sim(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "retz-sim: " << error.what() << "\n";
    return 1;
  }
}
