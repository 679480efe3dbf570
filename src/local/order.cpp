#include "local/order.hpp"

#include <map>

#include "launch/layout.hpp"

namespace retz::local {
namespace {

/// 1500 -> "1.5".
std::string decimal(std::int64_t thousandths) {
  std::string out = std::to_string(thousandths / 1000);
  std::string rest = std::to_string(1000 + thousandths % 1000).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return rest.empty() ? out : out + "." + rest;
}

std::string gpu_list(const std::vector<GpuShare>& shares, const std::vector<Gpu>& gpus) {
  std::string out;
  for (const auto& share : shares) {
    if (!out.empty()) out += ',';
    out += share.device < gpus.size() ? gpus[share.device].id : std::to_string(share.device);
  }
  return out;
}

}  // namespace

std::filesystem::path box_path(const std::filesystem::path& data, AttemptRef attempt) {
  return data / launch::attempt_path(attempt) / launch::box_name;
}

launch::LaunchOrder make_order(const Launch& launch, const UnixUser& user,
                               const std::filesystem::path& data, const std::vector<Gpu>& gpus) {
  const JobSpec& job = *launch.job;
  const std::string box = box_path(data, launch.attempt);
  // The user's own may replace these ...
  std::map<std::string, std::string> environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                    {"HOME", box},
                                                    {"USER", user.name},
                                                    {"LOGNAME", user.name},
                                                    {"SHELL", "/bin/sh"},
                                                    {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : job.environment) environment[name] = value;
  // ... and never these, which say what it was given.
  environment["RETZ_JOB_ID"] = std::to_string(launch.attempt.job.value);
  environment["RETZ_ATTEMPT"] = std::to_string(launch.attempt.attempt);
  environment["RETZ_CPUS"] = decimal(launch.placement.amounts.cpus);
  environment["RETZ_MEM_MIB"] = std::to_string(launch.placement.amounts.mem);
  environment["RETZ_SANDBOX"] = box;
  if (job.array) {
    environment["RETZ_ARRAY_ID"] = std::to_string(job.array->array.value);
    environment["RETZ_ARRAY_INDEX"] = std::to_string(job.array->index);
    environment["RETZ_ARRAY_FIRST"] = std::to_string(job.array->from);
    environment["RETZ_ARRAY_LAST"] = std::to_string(job.array->to);
  }
  for (std::size_t i = 0; i < launch.placement.ports.size(); ++i) {
    environment["PORT" + std::to_string(i)] = std::to_string(launch.placement.ports[i]);
  }
  const std::string devices = gpu_list(launch.placement.gpus, gpus);
  if (!devices.empty()) environment["RETZ_GPUS"] = devices;
  // A job that was given no device sees none.
  if (!gpus.empty()) environment["CUDA_VISIBLE_DEVICES"] = devices;

  launch::LaunchOrder order{.attempt = launch.attempt,
                            .uid = user.uid,
                            .gid = user.gid,
                            .groups = user.groups,
                            .command = job.command,
                            .environment = {},
                            .cpus = launch.placement.amounts.cpus,
                            .mem = launch.placement.amounts.mem,
                            .time_limit = job.time_limit.value_or(Duration(0)),
                            .grace_period = launch.grace_period};
  for (const auto& [name, value] : environment) order.environment.push_back(name + "=" + value);
  return order;
}

}  // namespace retz::local
