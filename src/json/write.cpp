// The JSON form of jobs, attempts and applications. What is written for a JobSpec can be read
// again as input.
#include "json/stored.hpp"
#include "json/write_amounts.hpp"
#include "json/write_conditions.hpp"
#include "json/writer.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

void write_texts(Writer& w, const std::vector<std::string>& texts) {
  w.open_array();
  for (const std::string& text : texts) {
    w.text(text);
  }
  w.close_array();
}

void write_gpus(Writer& w, const GpuRequest& gpus) {
  w.key("gpus");
  if (gpus.share == 0 && gpus.models.empty() && !gpus.all) {
    w.number(std::int64_t{gpus.devices});
    return;
  }
  w.open_object();
  if (gpus.devices != 0) {
    w.key("devices");
    w.number(std::int64_t{gpus.devices});
  }
  if (gpus.share != 0) {
    w.key("share");
    w.decimal(gpus.share, 3);
  }
  if (!gpus.models.empty()) {
    w.key("models");
    write_texts(w, gpus.models);
  }
  if (gpus.all) {
    w.key("all");
    w.boolean(true);
  }
  w.close_object();
}

// `whole`: what is at its default is written too, so that readers find every field.
void write_request(Writer& w, const Request& request, bool whole) {
  w.key("resources");
  w.open_object();
  write_scalars(w, request.amounts);
  if (whole || request.ports != 0) {
    w.key("ports");
    w.number(std::int64_t{request.ports});
  }
  if (whole || request.gpus != GpuRequest{}) {
    write_gpus(w, request.gpus);
  }
  if (whole || !request.amounts.custom.empty()) {
    write_custom(w, request.amounts.custom);
  }
  w.close_object();
}

void write_retry(Writer& w, const RetryPolicy& retry) {
  w.key("retry");
  w.open_object();
  w.key("max_attempts");
  w.number(std::int64_t{retry.max_attempts});
  w.key("on");
  w.open_array();
  if (retry.on_system_failure) {
    w.text("system_failure");
  }
  if (retry.on_exit) {
    w.text("exit");
  }
  if (retry.on_time_out) {
    w.text("time_out");
  }
  if (retry.on_out_of_memory) {
    w.text("out_of_memory");
  }
  if (retry.on_fetch_failure) {
    w.text("fetch_failure");
  }
  w.close_array();
  w.key("backoff");
  w.seconds(retry.backoff);
  w.key("backoff_max");
  w.seconds(retry.backoff_max);
  w.close_object();
}

void write_environment(Writer& w, const JobSpec& spec) {
  w.key("environment");
  w.open_object();
  for (const auto& [name, value] : spec.environment) {
    w.user_key(name);
    w.text(value);
  }
  w.close_object();
}

void write_duration(Writer& w, std::string_view name, std::optional<Duration> value, bool whole) {
  if (whole || value) {
    w.key(name);
    w.seconds(value);
  }
}

void write_spec(Writer& w, const JobSpec& spec, bool whole) {
  w.key("application");
  w.text(spec.application);
  w.key("command");
  w.text(spec.command);
  if (whole || !spec.name.empty()) {
    w.key("name");
    w.text(spec.name);
  }
  if (whole || !spec.tags.empty()) {
    w.key("tags");
    write_texts(w, spec.tags);
  }
  if (whole || !spec.environment.empty()) {
    write_environment(w, spec);
  }
  write_request(w, spec.request, whole);
  if (whole || spec.priority != 0) {
    w.key("priority");
    w.number(std::int64_t{spec.priority});
  }
  write_duration(w, "estimate", spec.estimate, whole);
  write_duration(w, "time_limit", spec.time_limit, whole);
  write_duration(w, "grace_period", spec.grace_period, whole);
  if (whole || spec.retry != RetryPolicy{}) {
    write_retry(w, spec.retry);
  }
  write_conditions(w, spec, whole);
}

void write_outcome(Writer& w, const std::optional<Outcome>& outcome) {
  w.key("outcome");
  if (!outcome) {
    w.null();
    return;
  }
  w.open_object();
  w.key("kind");
  w.text(to_string(outcome->kind));
  w.key("exit_code");
  w.number(std::int64_t{outcome->exit_code});
  w.key("signal");
  w.number(std::int64_t{outcome->signal});
  w.key("reason");
  w.text(outcome->reason);
  w.close_object();
}

void write_status(Writer& w, const JobStatus& status) {
  w.key("state");
  w.text(to_string(status.state));
  w.key("submitted");
  w.instant(status.submitted);
  w.key("eligible_at");
  w.instant(status.eligible_at);
  w.key("started");
  w.instant(status.started);
  w.key("finished");
  w.instant(status.finished);
  w.key("attempts");
  w.number(std::int64_t{status.attempts});
  w.key("tries");
  w.number(std::int64_t{status.tries});
  w.key("system_failures");
  w.number(std::int64_t{status.system_failures});
  w.key("wish");
  w.text(to_string(status.wish));
  write_outcome(w, status.outcome);
  w.key("exit_code");
  if (status.outcome && status.outcome->kind == OutcomeKind::exited) {
    w.number(std::int64_t{status.outcome->exit_code});
  } else {
    w.null();
  }
}

void write_placement(Writer& w, const Placement& placement) {
  w.open_object();
  w.key("node");
  w.text(placement.node);
  write_scalars(w, placement.amounts);
  w.key("ports");
  w.open_array();
  for (const std::uint16_t port : placement.ports) {
    w.number(std::int64_t{port});
  }
  w.close_array();
  w.key("gpus");
  w.open_array();
  for (const GpuShare& share : placement.gpus) {
    w.open_object();
    w.key("device");
    w.number(std::int64_t{share.device});
    w.key("amount");
    w.decimal(share.amount, 3);
    w.close_object();
  }
  w.close_array();
  write_custom(w, placement.amounts.custom);
  w.close_object();
}

void write_attempt(Writer& w, const AttemptRecord& attempt) {
  w.open_object();
  w.key("job");
  w.number(attempt.ref.job.value);
  w.key("attempt");
  w.number(std::int64_t{attempt.ref.attempt});
  w.key("state");
  w.text(to_string(attempt.state));
  w.key("placement");
  write_placement(w, attempt.placement);
  w.key("started");
  w.instant(attempt.started);
  w.key("running_since");
  w.instant(attempt.running_since);
  w.key("ended");
  w.instant(attempt.ended);
  write_outcome(w, attempt.outcome);
  w.key("usage");
  w.open_object();
  w.key("cpu_seconds");
  w.seconds(attempt.usage.cpu_time);
  w.key("max_memory");
  w.number(attempt.usage.max_memory);
  w.close_object();
  w.key("confinement");
  w.text(attempt.confinement);
  w.close_object();
}

void write_job(Writer& w, const JobRecord& job) {
  w.key("id");
  w.number(job.id.value);
  if (job.spec) {
    w.key("user");
    w.text(job.spec->user);
    write_spec(w, *job.spec, true);
  }
  w.key("estimate_settled");
  w.seconds(job.estimate > Duration{0} ? std::optional(job.estimate) : std::nullopt);
  w.key("estimate_source");
  if (job.estimate > Duration{0}) {
    w.text(to_string(job.estimate_source));
  } else {
    w.null();
  }
  write_status(w, job.status);
}

}  // namespace

std::string placement_to_json(const Placement& placement) {
  Writer w(128);
  write_placement(w, placement);
  return w.take();
}

std::string job_ids_to_json(const std::vector<JobId>& ids) {
  Writer w(16 * ids.size());
  w.open_array();
  for (const JobId id : ids) {
    w.number(id.value);
  }
  w.close_array();
  return w.take();
}

}  // namespace retz::json

namespace retz {

using json::Writer;

std::string to_json(const JobSpec& spec) {
  Writer w;
  w.open_object();
  json::write_spec(w, spec, false);
  w.close_object();
  return w.take();
}

std::string to_json(const Application& application) {
  Writer w;
  w.open_object();
  w.key("name");
  w.text(application.name);
  w.key("owner");
  w.text(application.owner);
  w.key("files");
  w.open_array();
  for (const FetchItem& file : application.files) {
    w.open_object();
    w.key("uri");
    w.text(file.uri);
    w.key("executable");
    w.boolean(file.executable);
    w.key("extract");
    w.boolean(file.extract);
    w.key("cache");
    w.boolean(file.cache);
    w.close_object();
  }
  w.close_array();
  w.key("unix_user");
  w.text(application.unix_user);
  w.key("container_image");
  w.text(application.container_image);
  w.key("grace_period");
  w.seconds(application.grace_period);
  w.key("enabled");
  w.boolean(application.enabled);
  w.close_object();
  return w.take();
}

std::string to_json(const JobRecord& job) {
  Writer w(1024);
  w.open_object();
  json::write_job(w, job);
  w.close_object();
  return w.take();
}

std::string to_json(const JobRecord& job, const std::vector<AttemptRecord>& attempts) {
  Writer w(2048);
  w.open_object();
  json::write_job(w, job);
  w.key("attempt_records");
  w.open_array();
  for (const AttemptRecord& attempt : attempts) {
    json::write_attempt(w, attempt);
  }
  w.close_array();
  w.close_object();
  return w.take();
}

std::string to_json(const AttemptRecord& attempt) {
  Writer w;
  json::write_attempt(w, attempt);
  return w.take();
}

}  // namespace retz
