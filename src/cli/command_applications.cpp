// retz-client load-app, get-app, list-app, unload-app.
#include <filesystem>
#include <iostream>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/client.hpp"
#include "cli/table.hpp"
#include "cli/waiting.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

struct ApplicationOptions {
  std::string name, user, image, grace, container, volumes, enabled = "true";
  std::vector<std::string> files, large, programs, unextracted;
};

/// A path is meant from here; the server wants it whole.
std::string whole(const std::string& uri) {
  if (uri.find("://") != std::string::npos || uri.starts_with('/')) return uri;
  return std::filesystem::absolute(uri).lexically_normal().string();
}

Result<Json> application_json(const ApplicationOptions& o) {
  if (!o.volumes.empty()) {
    return fail(Errc::unsupported, "volumes are not supported by this server", "--docker-volumes");
  }
  Json app{{"name", o.name}, {"files", Json::array()}, {"enabled", o.enabled == "true"}};
  for (const auto& uri : o.files) app["files"].push_back({{"uri", whole(uri)}});
  for (const auto& uri : o.large) app["files"].push_back({{"uri", whole(uri)}, {"cache", true}});
  for (const auto& uri : o.programs) {
    app["files"].push_back({{"uri", whole(uri)}, {"executable", true}, {"extract", false}});
  }
  for (const auto& uri : o.unextracted) {
    app["files"].push_back({{"uri", whole(uri)}, {"extract", false}});
  }
  if (!o.user.empty()) app["unix_user"] = o.user;
  if (!o.image.empty()) app["container_image"] = o.image;
  if (!o.grace.empty()) {
    const auto grace = duration_from_text(o.grace);
    if (!grace) return fail(Errc::invalid_argument, grace.error().message, "--grace-period");
    app["grace_period"] = in_seconds(*grace);
  }
  return app;
}

int load_app(Session& session, const ApplicationOptions& o) {
  const auto app = application_json(o);
  if (!app) {
    complain(session, app.error());
    return 2;
  }
  const auto answer = session.insist("PUT", "/v1/applications/" + encoded(o.name), &*app);
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    std::cout << answer->dump() << "\n";
  } else {
    std::cout << "Application " << o.name << " has been registered.\n";
  }
  return 0;
}

int show(Session& session, const char* method, const std::string& name, const char* done) {
  const auto answer = session.insist(method, "/v1/applications/" + encoded(name));
  if (!answer) return complain(session, answer.error());
  if (done != nullptr && !session.json()) {
    std::cout << "Application " << name << " " << done << "\n";
  } else {
    std::cout << answer->dump(session.json() ? -1 : 2) << "\n";
  }
  return 0;
}

int list_apps(Session& session) {
  const auto answer = session.insist("GET", "/v1/applications");
  if (!answer) return complain(session, answer.error());
  Table table({{"NAME"}, {"OWNER"}, {"UNIX USER"}, {"IMAGE"}, {"ENABLED"}, {"FILES"}});
  for (const auto& app : answer->at("applications")) {
    if (session.json()) {
      std::cout << app.dump() << "\n";
      continue;
    }
    std::string files;
    for (const auto& file : app.value("files", Json::array())) {
      files += (files.empty() ? "" : " ") + member(file, "uri", "");
    }
    table.add({member(app, "name", ""), member(app, "owner", ""), member(app, "unix_user", ""),
               member(app, "container_image", ""), member(app, "enabled", ""),
               shortened(files, 60)});
  }
  if (!session.json()) std::cout << table.text();
  return 0;
}

}  // namespace

void add_application_commands(CLI::App& app, Client& client) {
  auto o = std::make_shared<ApplicationOptions>();
  auto* sub = app.add_subcommand("load-app", "Register an application, or replace it");
  sub->add_option("-A,--appname,--application,name", o->name, "Its name")->required();
  const auto list = [&](const char* names, std::vector<std::string>& target, const char* what) {
    sub->add_option(names, target, what)->allow_extra_args(false);
  };
  list("-F,--file", o->files, "File to fetch: path or URI; archives are unpacked (repeat)");
  list("-L,--large-file", o->large, "The same, fetched once and kept for all jobs (repeat)");
  list("-X,--executable", o->programs, "The same, made executable (repeat)");
  list("--no-extract", o->unextracted, "The same, never unpacked (repeat)");
  sub->add_option("-U,--user", o->user, "Unix user of its jobs (nobody)");
  sub->add_option("--grace-period", o->grace, "Between TERM and KILL: 10, 90s, 5m (10)");
  sub->add_option("--image", o->image, "Container image");
  sub->add_option("--container", o->container, "Taken for Retz 0.5's sake: --image decides")
      ->check(CLI::IsMember({"mesos", "docker"}));
  sub->add_option("--docker-volumes", o->volumes, "Not supported");
  sub->add_option("--enabled", o->enabled, "true or false (true)")
      ->check(CLI::IsMember({"true", "false"}));
  sub->callback([o, &client] { client.action = [o](Session& s) { return load_app(s, *o); }; });

  auto get = std::make_shared<ApplicationOptions>();
  sub = app.add_subcommand("get-app", "One application");
  sub->add_option("-A,--appname,--application,name", get->name, "Its name")->required();
  sub->callback([get, &client] {
    client.action = [get](Session& s) { return show(s, "GET", get->name, nullptr); };
  });

  auto unload = std::make_shared<ApplicationOptions>();
  sub = app.add_subcommand("unload-app", "Remove an application");
  sub->add_option("-A,--appname,--application,name", unload->name, "Its name")->required();
  sub->callback([unload, &client] {
    client.action = [unload](Session& s) {
      return show(s, "DELETE", unload->name, "has been removed.");
    };
  });

  app.add_subcommand("list-app", "Your applications")->callback([&client] {
    client.action = list_apps;
  });
}

}  // namespace retz::cli
