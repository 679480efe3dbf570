// retz-client config, ping, status, nodes, events.
#include <iostream>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/client.hpp"
#include "cli/table.hpp"
#include "cli/waiting.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

int show_config(Client& client) {
  const auto config = client_config(client.config);
  if (!config) {
    complain(client.json, config.error());
    return 2;
  }
  const auto secret = config->secret.empty() ? "" : "********";
  if (client.json) {
    std::cout << Json{{"file", config->file},
                      {"retz.server.uri", config->url},
                      {"retz.authentication", config->authentication},
                      {"retz.access.key", config->key},
                      {"retz.access.secret", secret}}
                     .dump()
              << "\n";
    return 0;
  }
  std::cout << "# " << config->file << "\nretz.server.uri = " << config->url
            << "\nretz.authentication = " << (config->authentication ? "true" : "false")
            << "\nretz.access.key = " << config->key << "\nretz.access.secret = " << secret << "\n";
  return 0;
}

int ping(Session& session) {
  const auto answer = session.insist("GET", "/v1/ping");
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    std::cout << Json{{"ping", *answer}, {"server", session.config().url}}.dump() << "\n";
  } else {
    std::cout << "OK\n";
  }
  return 0;
}

std::string percent(const Json& utilisation, const char* resource, const char* window) {
  const auto share = utilisation.value(resource, Json::object()).value(window, 0.0);
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + "%";
}

int status(Session& session) {
  const auto answer = session.insist("GET", "/v1/status");
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    std::cout << answer->dump() << "\n";
    return 0;
  }
  const auto jobs = answer->value("jobs", Json::object());
  std::cout << "retz-server " << member(*answer, "version", "?") << " at " << session.config().url
            << ", " << member(*answer, "mode", "?") << " mode, up for "
            << member(*answer, "uptime_seconds", "?") << " s\n"
            << "jobs: " << member(jobs, "queued", "?") << " queued, "
            << member(jobs, "blocked", "?") << " blocked, " << member(jobs, "active", "?")
            << " active; ordering " << member(*answer, "ordering", "?") << ", planner "
            << member(*answer, "planner", "?") << ", fit " << member(*answer, "fit_rule", "?")
            << "\n";
  if (const auto stalled = answer->value("stalled", Json()); !stalled.is_null()) {
    std::cout << "STALLED: " << member(stalled, "message", stalled.dump()) << "\n";
  }
  const auto utilisation = answer->value("utilisation", Json::object());
  Table table(
      {{"IN USE"}, {"1 MIN", Align::right}, {"15 MIN", Align::right}, {"1 H", Align::right}});
  for (const char* resource : {"cpus", "mem", "disk", "gpus"}) {
    table.add({resource, percent(utilisation, resource, "last_minute"),
               percent(utilisation, resource, "last_quarter"),
               percent(utilisation, resource, "last_hour")});
  }
  std::cout << table.text();
  return 0;
}

int nodes(Session& session) {
  const auto answer = session.insist("GET", "/v1/nodes");
  if (!answer) return complain(session, answer.error());
  Table table({{"NODE"},
               {"CPUS", Align::right},
               {"USED", Align::right},
               {"MEM", Align::right},
               {"USED", Align::right},
               {"DISK", Align::right},
               {"USED", Align::right},
               {"ATTEMPTS", Align::right},
               {"DRAINING"}});
  for (const auto& node : answer->at("nodes")) {
    if (session.json()) {
      std::cout << node.dump() << "\n";
      continue;
    }
    const auto has = node.value("capacity", Json::object());
    const auto used = node.value("used", Json::object());
    table.add({member(node, "name", "?"), member(has, "cpus", "?"), member(used, "cpus", "?"),
               member(has, "mem", "?"), member(used, "mem", "?"), member(has, "disk", "?"),
               member(used, "disk", "?"), member(node, "attempts", "?"),
               member(node, "draining", "?")});
  }
  if (!session.json()) std::cout << table.text();
  return 0;
}

/// The data of server-sent events, one JSON document a line, until the server goes away.
int events(Session& session, const std::string& tag, const std::string& application) {
  std::string target = "/v1/events?";
  if (!tag.empty()) target += "tag=" + encoded(tag);
  if (!application.empty()) target += "&application=" + encoded(application);
  std::string rest;
  const auto response = session.stream(target, [&](std::string_view piece) {
    rest += piece;
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos;) {
      static constexpr std::string_view head = "data: ";
      if (rest.starts_with(head)) {
        std::cout << std::string_view(rest).substr(head.size(), end - head.size()) << std::endl;
      }
      rest.erase(0, end + 1);
    }
    return std::cout.good();
  });
  return response ? 0 : complain(session, response.error());
}

}  // namespace

void add_server_commands(CLI::App& app, Client& client) {
  app.add_subcommand("config", "The configuration in use")->callback([&client] {
    client.offline_action = show_config;
  });
  app.add_subcommand("ping", "Is the server there?")->callback([&client] { client.action = ping; });
  app.add_subcommand("status", "The server, its queue and how busy it is")->callback([&client] {
    client.action = status;
  });
  app.add_subcommand("nodes", "Machines and what is in use on them")->callback([&client] {
    client.action = nodes;
  });
  auto filter = std::make_shared<std::pair<std::string, std::string>>();
  auto* sub = app.add_subcommand("events", "Changes of your jobs as they happen, one JSON a line");
  sub->add_option("-t,--tag", filter->first, "Of jobs with this tag");
  sub->add_option("-A,--appname,--application", filter->second, "Of jobs of this application");
  sub->callback([filter, &client] {
    client.action = [filter](Session& s) { return events(s, filter->first, filter->second); };
  });
}

}  // namespace retz::cli
