// /v1/jobs: submission, the hot path, and what is done to single jobs.
#include "retz/json.hpp"
#include "retz/signature.hpp"
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

constexpr std::size_t key_max = 200;

std::string ids_body(const Answer& given) {
  return "{\"ids\":" + id_list(given.jobs) + "}";
}

}  // namespace

void submit_jobs(Call&& call) {
  auto specs = job_specs_from_json(call.request.body);
  if (!specs) return answer(call, specs.error());
  const std::size_t most = call.state->options.jobs_per_submission;
  if (specs->size() > most) {
    return answer(call, Error{Errc::too_large,
                              "one submission takes at most " + std::to_string(most) +
                                  " jobs, this one has " + std::to_string(specs->size()) +
                                  ": send them in parts",
                              "jobs"});
  }
  SubmitJobs command;
  command.user = call.user->key_id;
  command.idempotency_key = call.request.header("Idempotency-Key");
  if (command.idempotency_key.size() > key_max) {
    return answer(
        call, Error{Errc::invalid_argument,
                    "Idempotency-Key must have at most " + std::to_string(key_max) + " characters",
                    "Idempotency-Key"});
  }
  if (!command.idempotency_key.empty()) command.body_digest = sha256_hex(call.request.body);
  for (JobSpec& spec : *specs) spec.user = command.user;
  command.jobs = std::move(*specs);
  execute(call, std::move(command), 201, [](const Answer& given) {
    return "{\"ids\":" + id_list(given.jobs) +
           ",\"repeated\":" + (given.repeated ? "true" : "false") + "}";
  });
}

void get_job(Call&& call) {
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  const auto attempts = call.state->store.attempts(job->id);
  if (!attempts) return answer(call, attempts.error());
  answer(call, 200, to_json(*job, *attempts));
}

void kill_job(Call&& call) {
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  KillJobs command;
  command.user = call.user->key_id;
  command.jobs = {job->id};
  execute(call, std::move(command), 202, ids_body);
}

void kill_jobs(Call&& call) {
  const auto tag = call.parameter("tag");
  const auto array = number_parameter(call, "array", 1, INT64_MAX);
  if (!array) return answer(call, array.error());
  if (tag.has_value() == array->has_value()) {
    return answer(call, Error{Errc::invalid_argument,
                              "either tag or array must say which jobs to kill; one job is killed "
                              "with DELETE /v1/jobs/{id}",
                              "tag"});
  }
  KillJobs command;
  command.user = call.user->key_id;
  command.tag = tag.value_or("");
  if (*array) command.array = JobId{static_cast<std::uint64_t>(**array)};
  execute(call, std::move(command), 202, ids_body);
}

void rerun_job(Call&& call) {
  const auto flags = flags_of(call.request.body, {"kill_running", "array"});
  if (!flags) return answer(call, flags.error());
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  const bool array = flags->at("array");
  execute(call, RerunJob{call.user->key_id, job->id, flags->at("kill_running"), array}, 202,
          [array, id = job->id](const Answer& given) {
            return array ? ids_body(given) : "{\"ids\":" + id_list({id}) + "}";
          });
}

void explain_job(Call&& call) {
  const auto without = call.parameter("forecast");
  if (without && *without != "true" && *without != "false") {
    return answer(call,
                  Error{Errc::invalid_argument, "forecast must be true or false", "forecast"});
  }
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  if (is_terminal(job->status.state)) {
    Explanation ended;
    ended.state = job->status.state;
    ended.estimate = job->estimate;
    ended.estimate_source = job->estimate_source;
    return answer(call, 200, to_json(ended));
  }
  execute(call, ExplainJob{call.user->key_id, job->id, !without || *without == "true"},
          [state = call.state](const Result<Answer>& given, const Send& send) {
            if (!given) return send(response(*state, given.error()));
            const Explanation explanation = given->explanation.value_or(Explanation{});
            const auto reply = [state, explanation, send](std::optional<Instant> at) {
              send(response(*state, 200, to_json(explanation, at)));
            };
            const bool posted =
                given->outlook && state->forecasts.post([reply, outlook = given->outlook](
                                                            const Forecasts::Enough& enough) {
                  reply(forecast(*outlook, enough));
                });
            if (!posted) reply(std::nullopt);
          });
}

}  // namespace retz::server
