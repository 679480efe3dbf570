// retz-server: the reference server, one more host program of libretz.
#include <pthread.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/serving.hpp"

namespace retz::cli {

namespace {

int complain(const Error& error, int status) {
  std::cerr << "retz-server: " << error.message << "\n";
  return status;
}

int main_of_server(int argc, char** argv) {
  reserve_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  ServerArguments arguments;
  CLI::App app{"Schedules batch jobs on this machine or a Mesos cluster; runs in the foreground.",
               "retz-server"};
  app.set_version_flag("--version", "retz-server " RETZ_VERSION);
  app.add_option("-C,--config", arguments.config, "Properties file");
  app.add_option(
      "-M,--mode", arguments.mode,
      "local: jobs run on this machine; mesos: on the agents of a Mesos cluster (mesos where "
      "retz.mesos is set, else local)");
  app.add_option("--mesos", arguments.mesos,
                 "The masters: HOST:PORT, HOST1:PORT,HOST2:PORT or zk://HOST1,HOST2/PATH");
  app.add_option("--data", arguments.data,
                 "Where everything is kept (/var/lib/retz for root, else $XDG_STATE_HOME/retz or "
                 "~/.local/state/retz)");
  app.add_option("--bind", arguments.bind,
                 "HOST:PORT to listen at (127.0.0.1:9090); port 0 takes a free one, which "
                 "DATA/client.properties tells");
  app.add_option(
      "--snapshot", arguments.snapshot,
      "Copy the store to this file after changes, once a minute (retz.snapshot.interval)");
  app.add_option("--restore", arguments.restore,
                 "Begin with this snapshot where the data directory is empty");
  app.add_option("--cpus", arguments.cpus, "Cpus given to jobs (all)");
  app.add_option("--mem", arguments.mem, "Memory given to jobs, MiB or 8GiB (all but 512 MiB)");
  app.add_flag("--new-framework", arguments.new_framework,
               "Subscribe as a new framework, where the Mesos master has removed the one of DATA: "
               "what ran under that one is lost, and run again");
  app.footer(
      "Exit code: 0 told to end by SIGTERM or SIGINT (running jobs go on), 1 could not "
      "start, 2 bad usage or configuration.");
  const int parsed =
      parse_arguments(app, with_two_dashes(std::vector<std::string>(argv + 1, argv + argc)));
  if (parsed >= 0) return parsed;
  const auto settings = server_settings(arguments);
  if (!settings) return complain(settings.error(), 2);

  sigset_t ending;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGTERM);
  ::sigaddset(&ending, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before there are threads that inherit it
  const auto data = DataDirectory::open(settings->data);
  if (!data) return complain(data.error(), 1);
  Log log;
  for (const auto& warning : settings->warnings) log.say(Severity::warning, warning);
  const auto served = serve_until_told(*settings, *data, log);
  if (!served) {
    log.say(Severity::error, served.error().message);
    return 1;
  }
  return 0;
}

}  // namespace

}  // namespace retz::cli

int main(int argc, char** argv) {
  try {
    return retz::cli::main_of_server(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "retz-server: " << error.what() << "\n";
    return 1;
  }
}
