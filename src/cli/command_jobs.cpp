// retz-client list, get-job, kill, killall, rerun, explain.
#include <algorithm>
#include <iostream>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/client.hpp"
#include "cli/explanation.hpp"
#include "cli/nearest.hpp"
#include "cli/table.hpp"
#include "cli/waiting.hpp"
#include "retz/json.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

struct ListOptions {
  std::vector<std::string> states;
  std::string tag, application, user, name, from, before;
  std::int64_t array = 0;
  std::size_t limit = 0;
};

/// The states' names of today; those of Retz 0.5 are taken too. Error: invalid_argument.
Result<std::string> states_query(const std::vector<std::string>& given) {
  static const std::vector<std::string> known{"blocked", "queued", "active", "finished",
                                              "failed",  "killed", "all"};
  if (given.empty()) return "blocked,queued,active";
  std::string query;
  for (auto state : given) {
    std::transform(state.begin(), state.end(), state.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (state == "starting" || state == "started" || state == "running") state = "active";
    if (state == "all") return "";
    if (std::find(known.begin(), known.end(), state) == known.end()) {
      return fail(Errc::invalid_argument,
                  "unknown state \"" + state + "\"" + did_you_mean(state, known) +
                      "; there are blocked, queued, active, finished, failed, killed and ALL",
                  "--state");
    }
    query += (query.empty() ? "" : ",") + state;
  }
  return query;
}

std::string seconds_between(const Json& job, const char* from, const char* to) {
  const auto a = instant_from_text(member(job, from, ""));
  const auto b = instant_from_text(member(job, to, ""));
  if (!a || !b) return "-";
  const auto tenths = (micros(*b) - micros(*a) + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string joined(const Json& array) {
  std::string text;
  for (const auto& item : array) text += (text.empty() ? "" : ",") + item.get<std::string>();
  return text;
}

/// "part[7]" of an array.
std::string name_of(const Json& job) {
  const auto array = job.value("array", Json());
  auto name = shortened(member(job, "name", ""), 24);
  return array.is_object() ? name + "[" + member(array, "index", "?") + "]" : name;
}

void print_table(const std::vector<Json>& jobs) {
  Table table({{"ID", Align::right},
               {"STATE"},
               {"APPLICATION"},
               {"NAME"},
               {"COMMAND"},
               {"RESULT"},
               {"CPUS", Align::right},
               {"MEM", Align::right},
               {"WAIT", Align::right},
               {"RUN", Align::right},
               {"SUBMITTED"},
               {"TAGS"}});
  for (const auto& job : jobs) {
    const auto resources = job.value("resources", Json::object());
    const bool started = !job.value("started", Json()).is_null();
    table.add({member(job, "id", "?"), member(job, "state", "?"), member(job, "application", ""),
               name_of(job), shortened(member(job, "command", ""), 40), result_text(job),
               member(resources, "cpus", "-"), member(resources, "mem", "-"),
               started ? seconds_between(job, "submitted", "started") : "-",
               seconds_between(job, "started", "finished"),
               member(job, "submitted", "").substr(0, 19),
               joined(job.value("tags", Json::array()))});
  }
  std::cout << table.text();
}

int list_jobs(Session& session, const ListOptions& o) {
  const auto states = states_query(o.states);
  if (!states) {
    complain(session, states.error());
    return 2;
  }
  std::string filters;
  const std::vector<std::pair<const char*, std::string>> named{
      {"state", *states},  {"tag", o.tag},   {"application", o.application},
      {"user", o.user},    {"name", o.name}, {"from", o.from},
      {"before", o.before}};
  for (const auto& [key, value] : named) {
    if (!value.empty()) filters += "&" + std::string(key) + "=" + encoded(value);
  }
  if (o.array != 0) filters += "&array=" + std::to_string(o.array);
  std::vector<Json> jobs;
  std::string below;
  for (;;) {
    const auto count = o.limit == 0 ? 1000 : std::min<std::size_t>(1000, o.limit - jobs.size());
    const auto page =
        session.insist("GET", "/v1/jobs?limit=" + std::to_string(count) + filters + below);
    if (!page) return complain(session, page.error());
    for (const auto& job : page->at("jobs")) jobs.push_back(job);
    if (!page->value("more", false) || (o.limit != 0 && jobs.size() >= o.limit)) break;
    below = "&below=" + member(*page, "next_below", "0");
  }
  std::reverse(jobs.begin(), jobs.end());
  if (!session.json()) {
    print_table(jobs);
  } else {
    for (const auto& job : jobs) std::cout << job.dump() << "\n";
  }
  return 0;
}

int get_job(Session& session, std::int64_t id, bool wait) {
  auto job = job_of(session, id);
  if (job && wait && !has_ended(*job)) {
    if (const auto waited = wait_for(session, {id}); !waited) {
      return complain(session, waited.error());
    }
    job = job_of(session, id);
  }
  if (!job) return complain(session, job.error());
  std::cout << job->dump(session.json() ? -1 : 2) << "\n";
  return wait ? exit_code_of(*job) : 0;
}

/// One call a job; goes on after an error. Returns the exit code.
int for_each_id(Session& session, const std::vector<std::int64_t>& ids, const char* method,
                const std::string& suffix, const Json* body, const char* done) {
  int status = 0;
  for (const auto id : ids) {
    const auto answer = session.insist(method, "/v1/jobs/" + std::to_string(id) + suffix, body);
    if (!answer) {
      auto error = answer.error();
      if (ids.size() > 1) error.message = "job " + std::to_string(id) + ": " + error.message;
      status = complain(session, error);
    } else if (session.json()) {
      std::cout << answer->dump() << "\n";
    } else {
      std::cout << "job " << id << " " << done << "\n";
    }
  }
  return status;
}

int kill_all(Session& session, const std::string& filter) {
  const auto answer = session.insist("DELETE", "/v1/jobs?" + filter);
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    std::cout << answer->dump() << "\n";
  } else {
    std::cout << answer->at("ids").size() << " jobs killed\n";
  }
  return 0;
}

int rerun_array(Session& session, std::int64_t array, bool kill_running) {
  const Json body{{"kill_running", kill_running}, {"array", true}};
  const auto answer = session.insist("POST", "/v1/jobs/" + std::to_string(array) + "/rerun", &body);
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    std::cout << answer->dump() << "\n";
  } else {
    std::cout << answer->at("ids").size() << " jobs will run again\n";
  }
  return 0;
}

int explain_jobs(Session& session, const std::vector<std::int64_t>& ids, bool forecast) {
  int status = 0;
  for (const auto id : ids) {
    const auto answer = session.insist(
        "GET", "/v1/jobs/" + std::to_string(id) + "/explain" + (forecast ? "" : "?forecast=false"));
    if (!answer) {
      status = complain(session, answer.error());
    } else if (session.json()) {
      std::cout << answer->dump() << "\n";
    } else {
      std::cout << explanation_text(id, *answer);
    }
  }
  return status;
}

struct Ids {
  std::vector<std::int64_t> ids;
  bool flag = false;
  std::string tag;
  std::int64_t array = 0;
};

/// Instead of ids: a whole array.
void add_array_option(CLI::App& sub, const std::shared_ptr<Ids>& o) {
  auto* array = sub.add_option("--array", o->array, "The whole array whose first job has this id");
  array->check(whole_number_from(1));
  sub.get_option("--id")->required(false)->excludes(array);
}

/// A subcommand over jobs named by -i or as words.
CLI::App* add_id_command(CLI::App& app, const char* name, const char* what,
                         const std::shared_ptr<Ids>& o) {
  auto* sub = app.add_subcommand(name, what);
  auto* option = sub->add_option("-i,--id,ids", o->ids, "Job ids")->required();
  option->check(whole_number_from(1));
  return sub;
}

void check_given(const Ids& o) {
  if (o.ids.empty() && o.array == 0) throw CLI::RequiredError("ids or --array");
}

void add_list(CLI::App& app, Client& client) {
  auto o = std::make_shared<ListOptions>();
  auto* sub = app.add_subcommand("list", "Jobs, oldest first; live ones unless told otherwise");
  sub->add_option("-s,--state,--states", o->states,
                  "blocked, queued, active, finished, failed, killed or ALL (a,b or repeat)")
      ->delimiter(',')
      ->allow_extra_args(false);
  sub->add_option("-t,--tag", o->tag, "With this tag");
  sub->add_option("--array", o->array, "Of the array whose first job has this id")
      ->check(whole_number_from(1));
  sub->add_option("-A,--appname,--application", o->application, "Of this application");
  sub->add_option("-U,--user", o->user, "Of this user (admins)");
  sub->add_option("-N,--name", o->name, "Of this name");
  sub->add_option("--from", o->from, "Submitted at or after, 2026-11-22T08:36:00Z");
  sub->add_option("--before", o->before, "Submitted before");
  sub->add_option("-n,--limit", o->limit, "At most so many, the newest (all)");
  sub->callback([o, &client] { client.action = [o](Session& s) { return list_jobs(s, *o); }; });
}

}  // namespace

void add_job_commands(CLI::App& app, Client& client) {
  add_list(app, client);
  auto get = std::make_shared<Ids>();
  auto* sub = add_id_command(app, "get-job", "All that is known of a job", get);
  sub->get_option("--id")->expected(1);
  sub->add_flag("-w,--wait", get->flag, "Until it has ended, and exit as `run` does");
  sub->callback([get, &client] {
    client.action = [get](Session& s) { return get_job(s, get->ids.front(), get->flag); };
  });

  auto kill = std::make_shared<Ids>();
  sub = add_id_command(app, "kill", "Stop jobs, or take them out of the queue", kill);
  add_array_option(*sub, kill);
  sub->callback([kill, &client] {
    check_given(*kill);
    client.action = [kill](Session& s) {
      if (kill->array != 0) return kill_all(s, "array=" + std::to_string(kill->array));
      return for_each_id(s, kill->ids, "DELETE", "", nullptr, "killed");
    };
  });

  auto all = std::make_shared<Ids>();
  sub = app.add_subcommand("killall", "Kill all live jobs with a tag");
  sub->add_option("-t,--tag,tag", all->tag, "The tag")->required();
  sub->callback([all, &client] {
    client.action = [all](Session& s) { return kill_all(s, "tag=" + encoded(all->tag)); };
  });

  auto rerun = std::make_shared<Ids>();
  sub = add_id_command(app, "rerun", "Run ended jobs again; clear the back-off of waiting ones",
                       rerun);
  sub->add_flag("-k,--kill-running", rerun->flag, "Kill what runs, then run it again");
  add_array_option(*sub, rerun);
  sub->callback([rerun, &client] {
    check_given(*rerun);
    client.action = [rerun](Session& s) {
      if (rerun->array != 0) return rerun_array(s, rerun->array, rerun->flag);
      const Json body{{"kill_running", rerun->flag}};
      return for_each_id(s, rerun->ids, "POST", "/rerun", &body, "will run again");
    };
  });

  auto explain = std::make_shared<Ids>();
  sub = add_id_command(app, "explain", "Every reason why jobs still wait, and what would help",
                       explain);
  sub->add_flag("--no-forecast", explain->flag, "At once, without running the queue forward");
  sub->callback([explain, &client] {
    client.action = [explain](Session& s) { return explain_jobs(s, explain->ids, !explain->flag); };
  });
}

}  // namespace retz::cli
