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
    where[name] = in_seconds(*parsed);
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
  if (o.gpu == "all") job["resources"]["gpus"]["all"] = true;
  if (!o.gpu.empty() && o.gpu != "all")
    out.whole(job["resources"]["gpus"], "devices", o.gpu, "--gpu");
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

/// "ATTRIBUTE:GROUP" or "ATTRIBUTE:GROUP:SKEW".
void spread(Builder& out, const std::string& text) {
  const auto first = text.find(':');
  const auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (first == std::string::npos || first == 0 || first + 1 == std::min(second, text.size())) {
    return out.wrong("--spread",
                     "expected ATTRIBUTE:GROUP or ATTRIBUTE:GROUP:SKEW, found \"" + text + "\"");
  }
  auto& spread = out.job["spread"];
  spread["attribute"] = text.substr(0, first);
  spread["group"] =
      text.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  if (second != std::string::npos) {
    out.whole(spread, "skew", text.substr(second + 1), "--spread");
  }
}

/// "17" or "17:end", of a job or of an array.
void after(Builder& out, const std::string& text, const char* what, const char* option) {
  const auto colon = text.find(':');
  Json entry = Json::object();
  out.whole(entry, what, text.substr(0, colon), option);
  const auto when = colon == std::string::npos ? "success" : text.substr(colon + 1);
  if (!entry.contains(what) || (when != "success" && when != "end" && when != "failure")) {
    return out.wrong(option,
                     "expected ID, ID:success, ID:end or ID:failure, found \"" + text + "\"");
  }
  entry["when"] = when;
  out.job["after"].push_back(std::move(entry));
}

Json constraints(Builder& out, const std::vector<std::string>& texts, const char* option) {
  Json list = Json::array();
  for (const auto& text : texts) {
    if (const auto parsed = constraint_from_text(text); !parsed) {
      out.wrong(option, parsed.error().message);
    }
    list.push_back(text);
  }
  return list;
}

void conditions(Builder& out, const JobOptions& o) {
  if (!o.constraints.empty()) {
    out.job["constraints"] = constraints(out, o.constraints, "--constraint");
  }
  if (!o.preferred.empty()) {
    out.job["prefer"]["constraints"] = constraints(out, o.preferred, "--prefer");
    out.duration(out.job["prefer"], "for", o.prefer_for, "--prefer-for");
  } else if (!o.prefer_for.empty()) {
    out.wrong("--prefer-for", "says how long to prefer; say which nodes with --prefer");
  }
  if (!o.spread.empty()) spread(out, o.spread);
  for (const auto& text : o.after) after(out, text, "job", "--after");
  for (const auto& text : o.after_arrays) after(out, text, "array", "--after-array");
  if (!o.array.empty()) {
    const auto parsed = array_from_text(o.array);
    if (!parsed) out.wrong("--array", parsed.error().message);
    out.job["array"] = o.array;
  }
}

void add_conditions(CLI::App& sub, JobOptions& o) {
  sub.add_option("--constraint", o.constraints,
                 "Only on nodes with rack=r1, rack!=r1 or rack~r* (repeat: all of them)")
      ->allow_extra_args(false);
  sub.add_option("--prefer", o.preferred, "Rather on such nodes (repeat: all of them)")
      ->allow_extra_args(false);
  sub.add_option("--prefer-for", o.prefer_for, "Wait so long for them: 90, 10m (0)");
  sub.add_option("--spread", o.spread,
                 "ATTRIBUTE:GROUP[:SKEW], spread the jobs of a group over an attribute's values");
  sub.add_option("--after", o.after,
                 "JOB[:success|end|failure], wait for another job's success (repeat)")
      ->allow_extra_args(false);
  sub.add_option("--after-array", o.after_arrays,
                 "ID[:success|end|failure], wait for all jobs of an array, ID its first (repeat)")
      ->allow_extra_args(false);
  sub.add_option("--array", o.array,
                 "FIRST-LAST[%RUNNING], many jobs, told apart by $RETZ_ARRAY_INDEX");
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
  sub.add_option("--gpu,--gpus", o.gpu, "Whole GPUs, or all of a node (0)");
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
  add_conditions(sub, o);
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
  conditions(out, o);
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
