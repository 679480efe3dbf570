// retz-client: what its families of subcommands share.
#pragma once

#include <functional>
#include <string>

#include <CLI/App.hpp>

#include "cli/session.hpp"

namespace retz::cli {

/// What a run of the program will do, once its arguments are read. Returns the exit code.
struct Client {
  std::string config;    // -C
  std::string patience;  // --patience
  bool json = false;
  bool verbose = false;
  std::function<int(Session&)> action;         // of the subcommand given
  std::function<int(Client&)> offline_action;  // of one that needs no server
};

/// One line on stderr, or with --json one error document; returns 1.
int complain(const Session& session, const Error& error);
int complain(bool json, const Error& error);

void add_job_commands(CLI::App& app, Client& client);          // list, get-job, kill, ...
void add_submit_commands(CLI::App& app, Client& client);       // schedule, run
void add_file_commands(CLI::App& app, Client& client);         // get-file, list-files
void add_application_commands(CLI::App& app, Client& client);  // load-app, get-app, list-app
void add_server_commands(CLI::App& app, Client& client);       // ping, status, nodes, ...

}  // namespace retz::cli
