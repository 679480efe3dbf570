// retz-client: jobs, applications and files of a Retz server from the command line.
#include <csignal>
#include <iostream>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/client.hpp"
#include "retz/json.hpp"

namespace retz::cli {

int complain(bool json, const Error& error) {
  if (json) {
    std::cerr << to_json(error) << "\n";
  } else {
    // Most messages begin with the field's name; it is not said twice.
    const bool named = error.field.empty() || error.message.starts_with(error.field + " ") ||
                       error.message.starts_with(error.field + ":");
    std::cerr << "retz-client: " << (named ? "" : error.field + ": ") << error.message << "\n";
  }
  return 1;
}

int complain(const Session& session, const Error& error) {
  return complain(session.json(), error);
}

namespace {

int run(Client& client) {
  if (client.offline_action) return client.offline_action(client);
  std::optional<std::chrono::milliseconds> patience;
  if (!client.patience.empty()) {
    const auto parsed = duration_from_text(client.patience);
    if (!parsed) {
      complain(client.json, {Errc::invalid_argument, parsed.error().message, "--patience"});
      return 2;
    }
    patience = std::chrono::duration_cast<std::chrono::milliseconds>(*parsed);
  }
  auto config = client_config(client.config);
  if (!config) {
    complain(client.json, config.error());
    return 2;
  }
  Session session(std::move(*config), client.json, patience);
  const int status = client.action(session);
  std::cout.flush();
  if (!std::cout && status == 0) {
    return complain(client.json, {Errc::io_error, "cannot write to the standard output", ""});
  }
  return status;
}

/// Retz 0.5 had no `--help` on its subcommands but `help -s NAME`.
void add_help_command(CLI::App& app, Client& client) {
  auto name = std::make_shared<std::string>();
  auto* sub = app.add_subcommand("help", "This list, or the options of a subcommand");
  sub->add_option("-s,--subcommand,name", *name, "The subcommand");
  sub->callback([name, &app, &client] {
    client.offline_action = [name, &app](Client&) {
      if (name->empty()) {
        // app.help() would show the subcommand at work, which is this one.
        std::cout << app.get_formatter()->make_help(&app, app.get_name(),
                                                    CLI::AppFormatMode::Normal);
        return 0;
      }
      const auto named =
          app.get_subcommands([&name](const CLI::App* each) { return each->get_name() == *name; });
      if (named.empty()) {
        std::cerr << "retz-client: " << unknown_subcommand(app, *name) << "\n";
        return 2;
      }
      std::cout << named.front()->help(app.get_name());
      return 0;
    };
  });
}

int main_of_client(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Client client;
  CLI::App app{"Jobs, applications and files of a Retz server.", "retz-client"};
  app.add_option("-C,--config", client.config,
                 "Properties file (else $RETZ_CONFIG, ~/.config/retz/retz.properties, "
                 "/opt/retz-client/etc/retz.properties, or the local server's)");
  app.add_option("--patience", client.patience,
                 "How long to try again when the server cannot be reached (90, 90s, 5m); "
                 "submissions otherwise try for 30 s after a lost connection");
  app.add_flag("--json", client.json, "Print JSON: one document, or one a line");
  app.add_flag("-v,--verbose", client.verbose, "Say more");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Exit code: 0 done, 1 the server said no or could not be reached, 2 bad usage or "
      "configuration.\n`run` exits as its job did.");
  add_submit_commands(app, client);
  add_job_commands(app, client);
  add_file_commands(app, client);
  add_application_commands(app, client);
  add_server_commands(app, client);
  add_help_command(app, client);
  const int parsed =
      parse_arguments(app, with_two_dashes(std::vector<std::string>(argv + 1, argv + argc)));
  return parsed >= 0 ? parsed : run(client);
}

}  // namespace

}  // namespace retz::cli

int main(int argc, char** argv) {
  try {
    return retz::cli::main_of_client(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "retz-client: " << error.what() << "\n";
    return 1;
  }
}
