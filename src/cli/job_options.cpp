// The options that describe a job, and the JSON that the server takes.
#include "cli/job_options.hpp"

#include <charconv>
#include <cmath>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "retz/json.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

/// Collects into one JSON object; the first error wins.
class Builder {
 public:
  void text(const char* name, const std::string& value) {
    if (!value.empty()) job[name] = value;
  }

  void number(Json& where, const char* name, const std::string& value, const char* option) {
    if (value.empty()) return;
    double parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || !std::isfinite(parsed)) {
      return wrong(option, "expected a number, found \"" + value + "\"");
    }
    where[name] = Json::parse(value, nullptr, false);
    if (where[name].is_discarded()) where[name] = parsed;  // ".5" is no JSON
  }

  void whole(Json& where, const char* name, const std::string& value, const char* option) {
    if (value.empty()) return;
    std::int64_t parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size()) {
      return wrong(option, "expected a whole number, found \"" + value + "\"");
    }
    where[name] = parsed;
  }

  void size(const char* name, const std::string& value, const char* option) {
    if (value.empty()) return;
    const auto parsed = mebibytes_from_text(value);
    if (!parsed) return wrong(option, parsed.error().message);
    job["resources"][name] = *parsed;
  }

  void duration(Json& where, const char* name, const std::string& value, const char* option) {
    if (value.empty()) return;
    const auto parsed = duration_from_text(value);
    if (!parsed) return wrong(option, parsed.error().message);
    where[name] = static_cast<double>(parsed->count()) / 1e6;
  }

  void wrong(const char* option, std::string message) {
    if (!error) error = Error{Errc::invalid_argument, std::move(message), option};
  }

  Json job = Json::object();
  std::optional<Error> error;
};

void resources(Builder& out, const JobOptions& o) {
  auto& job = out.job;
  if (!o.cpu.empty()) out.number(job["resources"], "cpus", o.cpu, "--cpu");
  out.size("mem", o.mem, "--mem");
  out.size("disk", o.disk, "--disk");
  if (!o.ports.empty()) out.whole(job["resources"], "ports", o.ports, "--ports");
  if (!o.gpu.empty()) out.whole(job["resources"]["gpus"], "devices", o.gpu, "--gpu");
  if (!o.gpu_share.empty()) {
    out.number(job["resources"]["gpus"], "share", o.gpu_share, "--gpu-share");
  }
  if (!o.gpu_models.empty()) job["resources"]["gpus"]["models"] = o.gpu_models;
  for (const auto& entry : o.custom) {
    const auto split = entry.find('=');
    if (split == std::string::npos || split == 0) {
      out.wrong("--custom", "expected NAME=NUMBER, found \"" + entry + "\"");
    } else {
      out.number(job["resources"]["custom"], entry.substr(0, split).c_str(),
                 entry.substr(split + 1), "--custom");
    }
  }
}

}  // namespace

void add_job_options(CLI::App& sub, JobOptions& o) {
  sub.add_option("-A,--appname,--application", o.application, "Application to run in");
  sub.add_option("-c,--command,--cmd", o.command, "Command line of the job");
  sub.add_option("words", o.words, "Or the command as words, behind `--`");
  sub.add_option("-N,--name", o.name, "Name for people");
  sub.add_option("-E,--env", o.environment, "NAME=VALUE for its environment (repeat)")
      ->allow_extra_args(false);
  sub.add_option("-t,--tag,--tags", o.tags, "Tags (a,b or repeat)")
      ->delimiter(',')
      ->allow_extra_args(false);
  sub.add_option("--cpu,--cpus", o.cpu, "Cpus, up to 3 decimals (1)");
  sub.add_option("--mem", o.mem, "Memory in MiB, or 2GiB (32)");
  sub.add_option("--disk", o.disk, "Disk in MiB, or 2GiB (32)");
  sub.add_option("--gpu,--gpus", o.gpu, "Whole GPUs (0)");
  sub.add_option("--gpu-share", o.gpu_share, "Share of one GPU, 0.25");
  sub.add_option("--gpu-model", o.gpu_models, "Models that will do (repeat)")
      ->delimiter(',')
      ->allow_extra_args(false);
  sub.add_option("--ports", o.ports, "How many ports; $PORT0.. in the job (0)");
  sub.add_option("--custom", o.custom, "NAME=NUMBER of a resource of one's own (repeat)")
      ->allow_extra_args(false);
  sub.add_option("--prio,--priority", o.priority, "-20..19, smaller first (0)");
  sub.add_option("--estimate", o.estimate, "How long it is expected to run: 90, 90s, 1.5h");
  sub.add_option("--time-limit", o.time_limit, "It is stopped after this long");
  sub.add_option("--grace-period", o.grace_period, "Between TERM and KILL");
  sub.add_option("--max-attempts", o.max_attempts, "Tries, the first included (1)");
  sub.add_option("--retry-on", o.retry_on,
                 "system_failure, exit, time_out, out_of_memory, fetch_failure (a,b or repeat)")
      ->delimiter(',')
      ->allow_extra_args(false);
  sub.add_option("--backoff", o.backoff, "Pause before the second try; doubles");
  sub.add_option("--attributes", o.attributes, "Taken for Retz 0.5's sake; no planner uses it");
}

Result<Json> job_json(const JobOptions& o) {
  Builder out;
  out.text("application", o.application);
  out.text("name", o.name);
  if (!o.command.empty() && !o.words.empty()) {
    out.wrong("--command", "give the command with -c or as words behind `--`, not both");
  }
  out.text("command", o.words.empty() ? o.command : shell_line(o.words));
  for (const auto& entry : o.environment) {
    const auto split = entry.find('=');
    if (split == std::string::npos || split == 0) {
      out.wrong("--env", "expected NAME=VALUE, found \"" + entry + "\"");
    } else {
      out.job["environment"][entry.substr(0, split)] = entry.substr(split + 1);
    }
  }
  if (!o.tags.empty()) out.job["tags"] = o.tags;
  resources(out, o);
  out.whole(out.job, "priority", o.priority, "--priority");
  out.duration(out.job, "estimate", o.estimate, "--estimate");
  out.duration(out.job, "time_limit", o.time_limit, "--time-limit");
  out.duration(out.job, "grace_period", o.grace_period, "--grace-period");
  if (!o.max_attempts.empty()) {
    out.whole(out.job["retry"], "max_attempts", o.max_attempts, "--max-attempts");
  }
  if (!o.retry_on.empty()) out.job["retry"]["on"] = o.retry_on;
  if (!o.backoff.empty()) out.duration(out.job["retry"], "backoff", o.backoff, "--backoff");
  if (out.error) return tl::unexpected(*out.error);
  return std::move(out.job);
}

std::string shell_line(const std::vector<std::string>& words) {
  static constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace retz::cli
