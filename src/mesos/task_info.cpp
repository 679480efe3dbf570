#include "mesos/task_info.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "mesos/json_members.hpp"
#include "mesos/resource.hpp"
#include "model/command.hpp"

namespace retz::mesos {
namespace {

using Json = nlohmann::json;
using Environment = std::map<std::string, std::string>;

/// The sandbox's place is known on the agent alone, so the shell fills it in.
constexpr const char* sandbox = R"("${MESOS_SANDBOX:-$PWD}")";
/// Where agents mount it in containers with an image, unless --sandbox_directory says otherwise.
constexpr const char* sandbox_in_image = "/mnt/mesos/sandbox";

bool in_image(const Launch& launch) {
  return launch.application && !launch.application->container_image.empty();
}

std::string user_of(const Launch& launch, const FrameworkOptions& options) {
  const bool named = launch.application && !launch.application->unix_user.empty();
  return named ? launch.application->unix_user : options.user;
}

/// The same as on one machine (src/local/order.cpp), as far as an agent can tell it.
Environment environment_of(const Launch& launch, const std::string& user) {
  const JobSpec& job = *launch.job;
  Environment out = {{"USER", user}, {"LOGNAME", user}, {"SHELL", "/bin/sh"}, {"LANG", "C.UTF-8"}};
  if (!in_image(launch)) out["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  for (const auto& [name, value] : job.environment) out[name] = value;
  out["RETZ_JOB_ID"] = std::to_string(launch.attempt.job.value);
  out["RETZ_ATTEMPT"] = std::to_string(launch.attempt.attempt);
  out["RETZ_CPUS"] = decimal(launch.placement.amounts.cpus);
  out["RETZ_MEM_MIB"] = std::to_string(launch.placement.amounts.mem);
  if (in_image(launch)) out["RETZ_SANDBOX"] = sandbox_in_image;
  if (job.array) {
    out["RETZ_ARRAY_ID"] = std::to_string(job.array->array.value);
    out["RETZ_ARRAY_INDEX"] = std::to_string(job.array->index);
    out["RETZ_ARRAY_FIRST"] = std::to_string(job.array->from);
    out["RETZ_ARRAY_LAST"] = std::to_string(job.array->to);
  }
  for (std::size_t i = 0; i < launch.placement.ports.size(); ++i) {
    out["PORT" + std::to_string(i)] = std::to_string(launch.placement.ports[i]);
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return out + "'";
}

/// Confined by retz-exec on the agent: pinned memory and cpu where the agent's isolators do not.
std::string wrapped(const Launch& launch, const FrameworkOptions& options) {
  const std::string& command = launch.job->command;
  std::string out = "exec " + shell_quoted(options.exec_program) + " run --cpus " +
                    decimal(launch.placement.amounts.cpus) + " --mem " +
                    std::to_string(launch.placement.amounts.mem) + " --grace " +
                    decimal(launch.grace_period.count() / 1000) + " -- ";
  return model::needs_shell(command) ? out + "/bin/sh -c " + shell_quoted(command) : out + command;
}

void set_command(Json& out, const Launch& launch, const FrameworkOptions& options) {
  const std::string& command = launch.job->command;
  const bool shell = model::needs_shell(command);
  if (in_image(launch) && !shell) {  // it need not have a shell
    std::vector<std::string> words = model::split(command, " \t");
    out["shell"] = false;
    if (options.containerizer == Containerizer::mesos) {
      out["value"] = words.front();
    } else {
      words.erase(words.begin());  // which takes the place of the image's entry point
    }
    out["arguments"] = words;
    return;
  }
  std::string line = std::string("export RETZ_SANDBOX=") + sandbox;
  if (!launch.job->environment.contains("HOME")) line += std::string(" HOME=") + sandbox;
  line += "; ";
  if (!options.exec_program.empty() && !in_image(launch)) {
    line += wrapped(launch, options);
  } else {
    line += shell ? command : "exec " + command;
  }
  out["shell"] = true;
  out["value"] = line;
}

Json command_of(const Launch& launch, const FrameworkOptions& options) {
  Json out;
  const std::string user = user_of(launch, options);
  set_command(out, launch, options);
  if (!user.empty()) out["user"] = user;
  Json variables = Json::array();
  for (const auto& [name, value] : environment_of(launch, user)) {
    variables.push_back({{"name", name}, {"type", "VALUE"}, {"value", value}});
  }
  out["environment"] = {{"variables", std::move(variables)}};
  if (!launch.application || launch.application->files.empty()) return out;
  Json uris = Json::array();
  for (const FetchItem& file : launch.application->files) {
    uris.push_back({{"value", file.uri},
                    {"executable", file.executable},
                    {"extract", file.extract && !file.executable},
                    {"cache", file.cache}});
  }
  out["uris"] = std::move(uris);
  return out;
}

Json container_of(const Launch& launch, Containerizer containerizer) {
  const std::string& image = launch.application->container_image;
  if (containerizer == Containerizer::docker) {
    Json docker = {{"image", image}, {"network", "HOST"}};
    if (!model::needs_shell(launch.job->command)) {
      // Without it the command would be arguments of the image's own entry point.
      Json entry_point = {{"key", "entrypoint"},
                          {"value", model::split(launch.job->command, " \t").front()}};
      docker["parameters"] = Json::array({std::move(entry_point)});
    }
    return {{"type", "DOCKER"}, {"docker", std::move(docker)}};
  }
  return {{"type", "MESOS"},
          {"mesos", {{"image", {{"type", "DOCKER"}, {"docker", {{"name", image}}}}}}}};
}

/// For Mesos-DNS and the like.
Json discovery_of(const Launch& launch) {
  Json ports = Json::array();
  for (std::size_t i = 0; i < launch.placement.ports.size(); ++i) {
    ports.push_back({{"number", launch.placement.ports[i]},
                     {"name", "port" + std::to_string(i)},
                     {"protocol", "tcp"}});
  }
  const std::string& name = launch.job->name;
  return {{"visibility", "CLUSTER"},
          {"name", name.empty() ? "job-" + std::to_string(launch.attempt.job.value) : name},
          {"ports", {{"ports", std::move(ports)}}}};
}

Json labels_of(const Launch& launch) {
  Json labels = Json::array();
  const auto add = [&labels](const char* key, const std::string& value) {
    labels.push_back({{"key", key}, {"value", value}});
  };
  add("retz_job", std::to_string(launch.attempt.job.value));
  add("retz_attempt", std::to_string(launch.attempt.attempt));
  add("retz_user", launch.job->user);
  return {{"labels", std::move(labels)}};
}

Json nanoseconds(Duration duration) {
  constexpr std::int64_t most = INT64_MAX / 1000;
  return {{"nanoseconds", std::clamp<std::int64_t>(duration.count(), 0, most) * 1000}};
}

}  // namespace

Result<std::string> task_info(const Launch& launch, const FrameworkOptions& options,
                              const TaskSite& site) {
  if (!options.allow_root && user_of(launch, options) == "root") {
    return fail(Errc::unsupported, "jobs may not run as root here");
  }
  for (const GpuShare& share : launch.placement.gpus) {
    if (share.amount == 1000) continue;
    return fail(Errc::unsupported, "Mesos gives whole GPUs alone, no shares of one");
  }
  const std::string& name = launch.job->name;
  Json info = {{"name", name.empty() ? site.task_id : name},
               {"command", command_of(launch, options)},
               {"kill_policy", {{"grace_period", nanoseconds(launch.grace_period)}}},
               {"labels", labels_of(launch)}};
  if (launch.job->time_limit) info["max_completion_time"] = nanoseconds(*launch.job->time_limit);
  if (in_image(launch)) info["container"] = container_of(launch, options.containerizer);
  if (!launch.placement.ports.empty()) info["discovery"] = discovery_of(launch);
  // The resources are JSON already, and most of what would have to be read again.
  std::string out = dump(info);
  out.pop_back();
  return out + R"(,"task_id":{"value":)" + json_string(site.task_id) + R"(},"agent_id":{"value":)" +
         json_string(site.agent_id) + R"(},"resources":)" + site.resources + "}";
}

}  // namespace retz::mesos
