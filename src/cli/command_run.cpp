// retz-client run: a job as if it were a command of this shell. Three threads beside the main one:
// two follow stdout and stderr, one waits for Ctrl-C; each has a connection of its own.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <iterator>
#include <thread>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/follow.hpp"
#include "cli/job_options.hpp"
#include "cli/run.hpp"
#include "cli/waiting.hpp"
#include "retz/signature.hpp"

namespace retz::cli {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr int could_not_run = 125;

struct RunOptions {
  JobOptions job;
  bool stderr_too = false;  // of the original; it always comes
  double timeout = 0;       // minutes; 0: none
  bool verbose = false;
};

/// Turns the first SIGINT or SIGTERM (or the passing of the deadline) into a kill of the job; the
/// second ends this program at once. Requires: made before any other thread.
class Interrupts {
 public:
  Interrupts(Session session, double timeout_minutes) : session_(std::move(session)) {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    if (timeout_minutes > 0) {
      deadline_ = std::chrono::steady_clock::now() +
                  std::chrono::milliseconds(static_cast<std::int64_t>(timeout_minutes * 60'000));
    }
    thread_ = std::thread([this] { watch(); });
  }
  ~Interrupts() {
    done_ = true;
    ::pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  void job_is(std::int64_t id) { job_ = id; }

 private:
  void watch() {
    bool asked = false;
    while (!done_) {
      const timespec tick{0, 100'000'000};
      const int signal = ::sigtimedwait(&signals_, nullptr, &tick);
      if (done_) return;
      const bool late = deadline_ && std::chrono::steady_clock::now() > *deadline_;
      if (signal > 0 && asked) ::_exit(128 + signal);
      if (signal > 0 || late) {
        asked = true;
        deadline_.reset();
        std::cerr << (late ? "retz-client: the timeout has passed" : "\nretz-client: interrupted")
                  << "; killing the job (Ctrl-C quits without waiting)\n";
      }
      if (asked && job_ != 0 && !killed_) {
        const auto answer = session_.insist("DELETE", "/v1/jobs/" + std::to_string(job_));
        killed_ = answer || !may_pass(answer.error());  // else with the next tick
        if (!answer && killed_) complain(session_, answer.error());
      }
    }
  }

  Session session_;
  sigset_t signals_{};
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::atomic<std::int64_t> job_{0};
  std::atomic<bool> done_{false};
  bool killed_ = false;
  std::thread thread_;
};

/// stdout and stderr of one attempt, until both have ended.
Result<void> stream_attempt(Session& session, Session& second, std::int64_t id,
                            std::uint32_t attempt) {
  std::atomic<bool> stop{false};
  std::thread errors([&] {
    // What is wrong shows on the other stream too.
    (void)follow(second, {id, attempt, "stderr"}, 0, STDERR_FILENO, stop);
  });
  auto followed = follow(session, {id, attempt, "stdout"}, 0, STDOUT_FILENO, stop);
  errors.join();
  return followed;
}

/// Attempt after attempt, until the job has ended.
Result<Json> stream_job(Session& session, std::int64_t id) {
  Session second = session.another();
  for (std::uint32_t attempt = 1;; ++attempt) {
    const auto followed = stream_attempt(session, second, id, attempt);
    if (!followed && followed.error().field == "output") return tl::unexpected(followed.error());
    for (auto pause = 10ms;; pause = std::min(pause * 2, std::chrono::milliseconds(500))) {
      auto job = job_of(session, id);
      if (!job) return job;
      if (job->value("attempts", 0U) > attempt) break;  // there is more to show, ended or not
      if (has_ended(*job)) return job;
      if (!followed && followed.error().code != Errc::not_found) {
        return tl::unexpected(followed.error());
      }
      const auto records = job->value("attempt_records", Json::array());
      const bool over =
          attempt <= records.size() && member(records[attempt - 1], "state", "") == "ended";
      if (over || followed) break;
      std::this_thread::sleep_for(pause);
    }
  }
}

void say_how_it_ended(const Json& job, bool verbose) {
  const auto outcome = job.value("outcome", Json());
  const auto kind = member(outcome, "kind", member(job, "state", ""));
  if (kind == "exited" && !verbose) return;
  const auto reason = member(outcome, "reason", "");
  std::cerr << "retz-client: job " << job.at("id") << " " << member(job, "state", "") << " ("
            << result_text(job) << ")" << (reason.empty() ? "" : ": " + reason) << "\n";
}

int run_job(Session& session, RunOptions options) {
  if (options.job.command == "-") {
    options.job.command.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  const auto job = job_json(options.job);
  if (!job) {
    complain(session, job.error());
    return 2;
  }
  if (job->contains("array")) {
    complain(session, Error{Errc::invalid_argument,
                            "an array is many jobs; submit it with `schedule`", "--array"});
    return 2;
  }
  Interrupts interrupts(session.another(), options.timeout);
  const auto submitted = submit(session, {*job}, random_key());
  if (!submitted) {
    complain(session, submitted.error());
    return could_not_run;
  }
  const auto id = submitted->ids.front();
  interrupts.job_is(id);
  if (options.verbose) std::cerr << "retz-client: job " << id << " registered\n";
  const auto ended = stream_job(session, id);
  if (!ended) {
    complain(session, ended.error());
    return could_not_run;
  }
  if (session.json()) {
    std::cerr << ended->dump() << "\n";  // stdout is the job's
  } else {
    say_how_it_ended(*ended, options.verbose);
  }
  return exit_code_of(*ended);
}

}  // namespace

void add_run_command(CLI::App& app, Client& client) {
  auto* sub = app.add_subcommand("run", "Submit a job, show its output, exit as it did");
  auto options = std::make_shared<RunOptions>();
  add_job_options(*sub, options->job);
  sub->add_flag("--stderr", options->stderr_too, "Taken for Retz 0.5's sake; stderr always comes");
  sub->add_option("--timeout", options->timeout, "Kill the job after so many minutes (none)");
  sub->footer(
      "A command of `-` is read from stdin. Ctrl-C kills the job.\nExit code: the job's own; 128 + "
      "signal where a signal ended it; 124 after its time\nlimit; 137 out of memory; 143 killed; "
      "125 where it could not be run; 2 bad usage.");
  sub->callback([options, &client] {
    options->verbose = client.verbose;
    client.action = [options](Session& session) { return run_job(session, *options); };
  });
}

}  // namespace retz::cli
