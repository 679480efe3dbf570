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
  execute(call, KillJobs{call.user->key_id, {job->id}, {}}, 202, ids_body);
}

void kill_jobs(Call&& call) {
  const auto tag = call.parameter("tag");
  if (!tag) {
    return answer(call, Error{Errc::invalid_argument,
                              "tag must say which jobs to kill; one job is killed with DELETE "
                              "/v1/jobs/{id}",
                              "tag"});
  }
  execute(call, KillJobs{call.user->key_id, {}, *tag}, 202, ids_body);
}

void rerun_job(Call&& call) {
  const auto kill_running = flag_of(call.request.body, "kill_running", false);
  if (!kill_running) return answer(call, kill_running.error());
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  execute(call, RerunJob{call.user->key_id, job->id, *kill_running}, 202,
          [id = job->id](const Answer&) { return "{\"ids\":" + id_list({id}) + "}"; });
}

void explain_job(Call&& call) {
  const auto job = visible_job(call);
  if (!job) return answer(call, job.error());
  if (is_terminal(job->status.state)) {
    return answer(call, 200, to_json(Explanation{.state = job->status.state, .reasons = {}}));
  }
  execute(call, ExplainJob{call.user->key_id, job->id}, 200, [](const Answer& given) {
    return given.explanation ? to_json(*given.explanation) : std::string("{}");
  });
}

}  // namespace retz::server
