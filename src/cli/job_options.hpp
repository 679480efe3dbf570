// The options that describe a job, and the JSON that the server takes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <nlohmann/json_fwd.hpp>

#include "retz/result.hpp"

namespace retz::cli {

struct JobOptions {
  std::string application, command, name, cpu, mem, disk, gpu, gpu_share, ports, priority;
  std::string attributes, estimate, time_limit, grace_period, max_attempts, backoff;
  std::string spread, prefer_for, array;
  std::vector<std::string> words, environment, tags, gpu_models, retry_on, custom;
  std::vector<std::string> constraints, preferred, after, after_arrays;
};

/// Adds them to a subcommand.
void add_job_options(CLI::App& sub, JobOptions& options);

/// Only what was given. Error: invalid_argument; `field` is the option.
Result<nlohmann::json> job_json(const JobOptions& options);

/// Words joined so that /bin/sh reads back the same words.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace retz::cli
