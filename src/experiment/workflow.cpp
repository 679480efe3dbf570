// Workflows in WfFormat 1.5 (Coleman et al., WfCommons, FGCS 2022): tasks, what each waits for, and
// how long each ran.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "retz/experiment.hpp"
#include "workload/gzip_file.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using Json = nlohmann::json;
using Indices = std::map<std::string, std::uint32_t, std::less<>>;

constexpr std::size_t tasks_max = 10'000'000;
constexpr double seconds_max = 1e11;

tl::unexpected<Error> wrong(const std::string& field, const std::string& why) {
  return fail(Errc::invalid_argument, field + " " + why, field);
}

const Json* find(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::optional<std::string> id_of(const Json& task) {
  const Json* id = find(task, {"id"});
  if (id == nullptr || !id->is_string()) return std::nullopt;
  return id->get<std::string>();
}

std::optional<double> number_of(const Json& json, const char* name) {
  const Json* value = find(json, {name});
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

Duration in_micros(double seconds) {
  return Duration(std::llround(seconds * 1e6));
}

Result<Indices> add_tasks(const Json& tasks, Workflow& workflow) {
  constexpr const char* where = "workflow.specification.tasks";
  if (!tasks.is_array() || tasks.size() > tasks_max) return wrong(where, "must be a list of tasks");
  Indices at;
  for (const Json& task : tasks) {
    const auto id = id_of(task);
    if (!id) return wrong(where, "has a task without an id");
    const auto index = static_cast<std::uint32_t>(workflow.names.size());
    if (!at.emplace(*id, index).second) return wrong(where, "has two tasks \"" + *id + "\"");
    WorkloadJob job;
    job.number = index + 1;
    job.request.amounts.cpus = 1000;
    workflow.workload.jobs.push_back(std::move(job));
    workflow.names.push_back(*id);
  }
  return at;
}

// An edge may be told by either of its ends, or by both.
Result<void> add_edges(const Json& tasks, const Indices& at, Workflow& workflow) {
  auto& jobs = workflow.workload.jobs;
  for (const Json& task : tasks) {
    const std::uint32_t own = at.at(*id_of(task));
    for (const char* name : {"parents", "children"}) {
      const Json* others = find(task, {name});
      if (others == nullptr) continue;
      for (const Json& other : *others) {
        const auto found = other.is_string() ? at.find(other.get<std::string>()) : at.end();
        if (found == at.end()) {
          return wrong(std::string("workflow.specification.tasks.") + name,
                       "of \"" + workflow.names[own] + "\" names a task that is not there");
        }
        if (*name == 'p') {
          jobs[own].after.push_back(found->second);
        } else {
          jobs[found->second].after.push_back(own);
        }
      }
    }
  }
  for (WorkloadJob& job : jobs) {
    std::sort(job.after.begin(), job.after.end());
    job.after.erase(std::unique(job.after.begin(), job.after.end()), job.after.end());
  }
  return {};
}

Result<void> add_times(const Json& tasks, const Indices& at, Workflow& workflow) {
  constexpr const char* where = "workflow.execution.tasks";
  if (!tasks.is_array()) return wrong(where, "must be a list of tasks");
  for (const Json& task : tasks) {
    const auto id = id_of(task);
    const auto found = id ? at.find(*id) : at.end();
    if (found == at.end()) return wrong(where, "has a task that the specification does not");
    const auto run = number_of(task, "runtimeInSeconds");
    if (!run || !(*run >= 0) || *run > seconds_max) {
      return wrong(std::string(where) + ".runtimeInSeconds",
                   "of \"" + *id + "\" must be a number of seconds");
    }
    const double cores = number_of(task, "coreCount").value_or(1);
    if (!(cores >= 0) || cores > 1e6) {
      return wrong(std::string(where) + ".coreCount", "of \"" + *id + "\" must be from 0 to 10^6");
    }
    WorkloadJob& job = workflow.workload.jobs[found->second];
    job.run = std::max(in_micros(*run), Duration{1});
    job.estimate = job.run;
    job.request.amounts.cpus =
        std::max(static_cast<std::int64_t>(std::ceil(cores)), std::int64_t{1}) * 1000;
  }
  for (std::size_t i = 0; i < workflow.names.size(); ++i) {
    if (workflow.workload.jobs[i].run > Duration{0}) continue;
    return wrong(where, "does not tell how long \"" + workflow.names[i] + "\" ran");
  }
  return {};
}

// In topological order (Kahn, 1962).
Result<Duration> longest_chain(const std::vector<WorkloadJob>& jobs) {
  std::vector<std::vector<std::uint32_t>> next(jobs.size());
  std::vector<std::size_t> missing(jobs.size(), 0);
  std::vector<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    missing[i] = jobs[i].after.size();
    for (const std::uint32_t before : jobs[i].after) next[before].push_back(i);
    if (missing[i] == 0) ready.push_back(i);
  }
  std::vector<Duration> begin(jobs.size(), Duration{0});
  Duration longest{0};
  for (std::size_t k = 0; k < ready.size(); ++k) {
    const Duration end = begin[ready[k]] + jobs[ready[k]].run;
    longest = std::max(longest, end);
    for (const std::uint32_t then : next[ready[k]]) {
      begin[then] = std::max(begin[then], end);
      if (--missing[then] == 0) ready.push_back(then);
    }
  }
  if (ready.size() < jobs.size()) {
    return wrong("workflow.specification.tasks", "wait for each other in a circle");
  }
  return longest;
}

}  // namespace

Result<Workflow> parse_workflow(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(Errc::invalid_argument, "this is not JSON");
  const Json* tasks = find(json, {"workflow", "specification", "tasks"});
  const Json* ran = find(json, {"workflow", "execution", "tasks"});
  if (tasks == nullptr || ran == nullptr) {
    return wrong(tasks == nullptr ? "workflow.specification.tasks" : "workflow.execution.tasks",
                 "is not there: this is no recorded workflow in WfFormat 1.5");
  }
  Workflow workflow;
  const auto at = add_tasks(*tasks, workflow);
  if (!at) return tl::unexpected(at.error());
  if (const auto added = add_edges(*tasks, *at, workflow); !added) {
    return tl::unexpected(added.error());
  }
  if (const auto added = add_times(*ran, *at, workflow); !added) {
    return tl::unexpected(added.error());
  }
  const auto longest = longest_chain(workflow.workload.jobs);
  if (!longest) return tl::unexpected(longest.error());
  workflow.critical_path = *longest;
  const auto makespan = number_of(json["workflow"]["execution"], "makespanInSeconds");
  if (makespan && *makespan > 0 && *makespan <= seconds_max) {
    workflow.recorded_makespan = in_micros(*makespan);
  }
  return workflow;
}

Result<Workflow> read_workflow(const std::string& path) {
  const auto text = workload::read_text(path, workload::text_limit);
  if (!text) return tl::unexpected(text.error());
  auto workflow = parse_workflow(*text);
  if (!workflow) workflow.error().message = path + ": " + workflow.error().message;
  return workflow;
}

}  // namespace retz
