// The JSON form of a job, read field by field.
#include <algorithm>
#include <array>

#include "json/read_conditions.hpp"
#include "json/reading.hpp"
#include "json/stored.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

constexpr std::size_t command_max = 128 * 1024 - 1;  // Linux: one argument with its NUL, 128 KiB
constexpr std::size_t environment_max = 256 * 1024;  // names and values together
constexpr std::size_t variables_max = 1024;
constexpr std::size_t tags_max = 64;
constexpr std::size_t custom_max = 64;
constexpr std::size_t models_max = 64;
constexpr std::size_t jobs_max = 65536;
constexpr std::int64_t cpus_max = 1'000'000'000;               // thousandths
constexpr std::int64_t custom_amount_max = 1'000'000'000'000;  // thousandths

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

std::vector<std::string> read_lines(const Value& value, const Place& place, Reading& reading,
                                    std::size_t most) {
  std::vector<std::string> out;
  if (!reading.is(value, Value::Kind::array, place, "an array of strings")) {
    return out;
  }
  if (reading.strict() && value.items.size() > most) {
    reading.refuse(place, "must have at most " + std::to_string(most) + " entries, not " +
                              std::to_string(value.items.size()));
    return out;
  }
  out.reserve(value.items.size());
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place element{&place, {}, i};
    out.push_back(reading.text(value.items[i], element));
    check_line(out.back(), element, reading, 1, 64);
  }
  sort_unique(out);
  return out;
}

bool good_variable(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && name.size() <= 256 && letter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void read_environment(const Value& value, const Place& place, Reading& reading, JobSpec& out) {
  if (!reading.is(value, Value::Kind::object, place, "an object of strings")) {
    return;
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const std::string& name = value.keys[i];
    const Place member{&place, name};
    std::string text = reading.text(value.items[i], member);
    bytes += name.size() + text.size();
    if (reading.strict() && !good_variable(name)) {
      reading.refuse(member,
                     "is not a variable's name; write letters, digits and _, a digit not first");
    } else if (reading.strict() && text.find('\0') != std::string::npos) {
      reading.refuse(member, "must not contain a NUL character");
    } else if (!out.environment.emplace(name, std::move(text)).second) {
      reading.refuse(member, "is given twice; give it once");
    }
  }
  if (reading.strict() && (bytes > environment_max || value.items.size() > variables_max)) {
    reading.refuse(place, "must have at most 1024 variables and 256 KiB together");
  }
}

void read_custom(const Value& value, const Place& place, Reading& reading, Amounts& out) {
  if (!reading.is(value, Value::Kind::object, place, "an object of numbers")) {
    return;
  }
  if (reading.strict() && value.items.size() > custom_max) {
    reading.refuse(place, "must have at most 64 entries");
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place member{&place, value.keys[i]};
    check_name(value.keys[i], member, reading, 64);
    const std::int64_t amount = reading.thousandths(value.items[i], member, 0, custom_amount_max);
    if (amount != 0) {
      out.custom.push_back({value.keys[i], amount});
    }
  }
  std::sort(out.custom.begin(), out.custom.end());
  const auto same = std::adjacent_find(
      out.custom.begin(), out.custom.end(),
      [](const CustomAmount& a, const CustomAmount& b) { return a.name == b.name; });
  if (same != out.custom.end()) {
    reading.refuse(Place{&place, same->name}, "is given twice; give it once");
  }
}

constexpr Field<GpuRequest> gpu_fields[] = {
    {"devices",
     [](const Value& v, const Place& p, Reading& r, GpuRequest& out) {
       out.devices = static_cast<std::int32_t>(r.integer(v, p, 0, 1024));
     }},
    {"share",
     [](const Value& v, const Place& p, Reading& r, GpuRequest& out) {
       out.share = static_cast<std::int32_t>(r.thousandths(v, p, 0, 999));
     }},
    {"models", [](const Value& v, const Place& p, Reading& r,
                  GpuRequest& out) { out.models = read_lines(v, p, r, models_max); }},
    {"all", [](const Value& v, const Place& p, Reading& r,
               GpuRequest& out) { out.all = r.boolean(v, p); }},
};

void read_gpus(const Value& value, const Place& place, Reading& reading, Request& out) {
  if (value.kind == Value::Kind::string && value.text == "all") {
    out.gpus.all = true;
    return;
  }
  if (value.kind != Value::Kind::object) {
    if (value.kind == Value::Kind::decimal && reading.strict()) {
      reading.refuse(place,
                     "must be a whole number of devices; for a part of one device write "
                     "{\"share\": 0.5}");
    }
    out.gpus.devices = static_cast<std::int32_t>(reading.integer(value, place, 0, 1024));
    return;
  }
  read_object(value, place, reading, gpu_fields, out.gpus);
  if (!reading.ok() || !reading.strict()) {
    return;
  }
  const bool whole = out.gpus.devices != 0 || out.gpus.all;
  if (whole && out.gpus.share != 0) {
    reading.refuse(place, "must give whole devices or a share of one, not both");
  } else if (!whole && out.gpus.share == 0 && !out.gpus.models.empty()) {
    reading.refuse(place, "names models; say how many devices as well");
  }
}

constexpr Field<Request> resource_fields[] = {
    {"cpus", [](const Value& v, const Place& p, Reading& r,
                Request& out) { out.amounts.cpus = r.thousandths(v, p, 1, cpus_max); }},
    {"mem", [](const Value& v, const Place& p, Reading& r,
               Request& out) { out.amounts.mem = r.mebibytes(v, p, 1); }},
    {"disk", [](const Value& v, const Place& p, Reading& r,
                Request& out) { out.amounts.disk = r.mebibytes(v, p, 0); }},
    {"ports",
     [](const Value& v, const Place& p, Reading& r, Request& out) {
       out.ports = static_cast<std::int32_t>(r.integer(v, p, 0, 65535));
     }},
    {"gpus", read_gpus},
    {"custom", [](const Value& v, const Place& p, Reading& r,
                  Request& out) { read_custom(v, p, r, out.amounts); }},
};

struct RetryOutcome {
  std::string_view name;
  bool RetryPolicy::*flag;
};
constexpr std::array retry_outcomes{
    RetryOutcome{"system_failure", &RetryPolicy::on_system_failure},
    RetryOutcome{"exit", &RetryPolicy::on_exit},
    RetryOutcome{"time_out", &RetryPolicy::on_time_out},
    RetryOutcome{"out_of_memory", &RetryPolicy::on_out_of_memory},
    RetryOutcome{"fetch_failure", &RetryPolicy::on_fetch_failure},
};

void read_retry_on(const Value& value, const Place& place, Reading& reading, RetryPolicy& out) {
  if (!reading.is(value, Value::Kind::array, place, "an array of strings")) {
    return;
  }
  for (const RetryOutcome& outcome : retry_outcomes) {
    out.*outcome.flag = false;
  }
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place element{&place, {}, i};
    const std::string name = reading.text(value.items[i], element);
    const auto found = std::find_if(retry_outcomes.begin(), retry_outcomes.end(),
                                    [&](const RetryOutcome& o) { return o.name == name; });
    if (found == retry_outcomes.end()) {
      reading.refuse(element,
                     "must be one of system_failure, exit, time_out, out_of_memory, fetch_failure");
      return;
    }
    out.*found->flag = true;
  }
}

constexpr Field<RetryPolicy> retry_fields[] = {
    {"max_attempts",
     [](const Value& v, const Place& p, Reading& r, RetryPolicy& out) {
       out.max_attempts = static_cast<std::uint32_t>(r.integer(v, p, 1, 1000));
     }},
    {"on", read_retry_on},
    {"backoff", [](const Value& v, const Place& p, Reading& r,
                   RetryPolicy& out) { out.backoff = r.duration(v, p, Duration(0)); }},
    {"backoff_max", [](const Value& v, const Place& p, Reading& r,
                       RetryPolicy& out) { out.backoff_max = r.duration(v, p, Duration(0)); }},
};

void read_command(const Value& value, const Place& place, Reading& reading, JobSpec& out) {
  out.command = reading.text(value, place);
  if (!reading.ok() || !reading.strict()) {
    return;
  }
  if (out.command.find_first_not_of(" \t\r\n") == std::string::npos) {
    reading.refuse(place, "must not be empty");
  } else if (out.command.size() > command_max) {
    reading.refuse(place, "must be shorter than 128 KiB, not " +
                              std::to_string(out.command.size()) +
                              " bytes; put it into a file of the application");
  } else if (out.command.find('\0') != std::string::npos) {
    reading.refuse(place, "must not contain a NUL character");
  }
}

// Absent and null say the same: clients print what they did not set as null.
std::optional<Duration> read_optional(const Value& value, const Place& place, Reading& reading,
                                      Duration least) {
  if (value.kind == Value::Kind::null) {
    return std::nullopt;
  }
  return reading.duration(value, place, least);
}

constexpr Field<JobSpec> job_fields[] = {
    {"application",
     [](const Value& v, const Place& p, Reading& r, JobSpec& out) {
       out.application = r.text(v, p);
       check_name(out.application, p, r, 32);
     }},
    {"command", read_command},
    {"name",
     [](const Value& v, const Place& p, Reading& r, JobSpec& out) {
       out.name = r.text(v, p);
       check_line(out.name, p, r, 0, 128);
     }},
    {"tags", [](const Value& v, const Place& p, Reading& r,
                JobSpec& out) { out.tags = read_lines(v, p, r, tags_max); }},
    {"environment", read_environment},
    {"resources", [](const Value& v, const Place& p, Reading& r,
                     JobSpec& out) { read_object(v, p, r, resource_fields, out.request); }},
    {"priority",
     [](const Value& v, const Place& p, Reading& r, JobSpec& out) {
       out.priority = static_cast<std::int32_t>(r.integer(v, p, -20, 19));
     }},
    {"estimate", [](const Value& v, const Place& p, Reading& r,
                    JobSpec& out) { out.estimate = read_optional(v, p, r, Duration(1)); }},
    {"time_limit", [](const Value& v, const Place& p, Reading& r,
                      JobSpec& out) { out.time_limit = read_optional(v, p, r, Duration(1)); }},
    {"grace_period", [](const Value& v, const Place& p, Reading& r,
                        JobSpec& out) { out.grace_period = read_optional(v, p, r, Duration(0)); }},
    {"retry", [](const Value& v, const Place& p, Reading& r,
                 JobSpec& out) { read_object(v, p, r, retry_fields, out.retry); }},
    {"constraints", [](const Value& v, const Place& p, Reading& r,
                       JobSpec& out) { read_constraints(v, p, r, out.request.constraints); }},
    {"prefer", [](const Value& v, const Place& p, Reading& r,
                  JobSpec& out) { read_preference(v, p, r, out.request); }},
    {"spread", [](const Value& v, const Place& p, Reading& r,
                  JobSpec& out) { read_spread(v, p, r, out.request); }},
    {"after", read_after},
    {"array", read_array},
};

constexpr std::string_view answer_fields[] = {"id",
                                              "user",
                                              "state",
                                              "submitted",
                                              "eligible_at",
                                              "started",
                                              "finished",
                                              "attempts",
                                              "tries",
                                              "system_failures",
                                              "wish",
                                              "outcome",
                                              "exit_code",
                                              "attempt_records",
                                              "estimate_settled",
                                              "estimate_source"};

JobSpec read_job(const Value& value, const Place& place, Reading& reading) {
  JobSpec out;
  out.request.amounts = {.cpus = 1000, .mem = 32, .disk = 32, .custom = {}};
  for (const std::string& key : value.keys) {
    if (std::find(std::begin(answer_fields), std::end(answer_fields), key) !=
        std::end(answer_fields)) {
      reading.refuse(Place{&place, key}, "is set by the server; leave it out");
      return out;
    }
  }
  read_object(value, place, reading, job_fields, out);
  if (reading.ok() && reading.strict()) {
    if (out.command.empty()) {
      reading.refuse(Place{&place, "command"}, "is missing; say what to run");
    } else if (out.application.empty()) {
      reading.refuse(Place{&place, "application"}, "is missing; name the job's application");
    }
  }
  return out;
}

std::vector<JobSpec> read_jobs(const Value& root, Reading& reading) {
  const Place top;
  const Place list{&top, "jobs"};
  std::vector<JobSpec> out;
  if (root.keys.size() != 1) {
    const bool first = root.keys.front() == "jobs";
    reading.refuse(Place{&top, root.keys[first ? 1 : 0]},
                   "cannot stand beside \"jobs\"; put it into each job");
    return out;
  }
  const Value& jobs = root.items.front();
  if (!reading.is(jobs, Value::Kind::array, list, "an array of jobs")) {
    return out;
  }
  if (jobs.items.empty() || jobs.items.size() > jobs_max) {
    reading.refuse(list, "must have 1 to " + std::to_string(jobs_max) + " jobs, not " +
                             std::to_string(jobs.items.size()));
    return out;
  }
  out.reserve(jobs.items.size());
  for (std::size_t i = 0; i < jobs.items.size() && reading.ok(); ++i) {
    out.push_back(read_job(jobs.items[i], Place{&list, {}, i}, reading));
  }
  return out;
}

Result<JobSpec> read_one(std::string_view text, Trust trust) {
  const Result<Value> root = parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  Reading reading(trust);
  JobSpec out = read_job(*root, Place{}, reading);
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace

Result<JobSpec> stored_job_spec(std::string_view text) {
  return read_one(text, Trust::trusted);
}

}  // namespace retz::json

namespace retz {

Result<JobSpec> job_spec_from_json(std::string_view text) {
  return json::read_one(text, json::Trust::strict);
}

Result<std::vector<JobSpec>> job_specs_from_json(std::string_view text) {
  const Result<json::Value> root = json::parse(text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  json::Reading reading;
  std::vector<JobSpec> out;
  if (std::find(root->keys.begin(), root->keys.end(), "jobs") != root->keys.end()) {
    out = json::read_jobs(*root, reading);
  } else {
    out.push_back(json::read_job(*root, json::Place{}, reading));
  }
  if (!reading.ok()) {
    return tl::unexpected(reading.take_error());
  }
  return out;
}

}  // namespace retz
