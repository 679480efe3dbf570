// retz-client schedule: one job, or a batch with one JSON job a line.
#include <algorithm>
#include <fstream>
#include <iostream>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/batch.hpp"
#include "cli/client.hpp"
#include "cli/job_options.hpp"
#include "cli/run.hpp"
#include "cli/waiting.hpp"
#include "retz/json.hpp"
#include "retz/signature.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

struct ScheduleOptions {
  JobOptions job;
  std::string batch, key;
  std::size_t chunk = 1000;
  bool wait = false;
};

/// Says how many of the jobs did not succeed. Returns the exit code.
int report_ended(Session& session, const std::vector<std::int64_t>& ids) {
  std::size_t failed = 0;
  for (const auto id : ids) {
    const auto job = job_of(session, id);
    if (!job) return complain(session, job.error());
    if (session.json()) std::cout << job->dump() << "\n";
    if (has_succeeded(*job)) continue;
    ++failed;
    if (!session.json()) {
      std::cout << "job " << id << " " << member(*job, "state", "?") << ": " << result_text(*job)
                << "\n";
    }
  }
  if (!session.json()) {
    std::cout << ids.size() - failed << " of " << ids.size() << " jobs finished\n";
  }
  return failed == 0 ? 0 : 1;
}

int finish(Session& session, const ScheduleOptions& options, const std::vector<std::int64_t>& ids) {
  if (!options.wait) return 0;
  if (const auto waited = wait_for(session, ids); !waited) return complain(session, waited.error());
  return report_ended(session, ids);
}

int schedule_one(Session& session, const ScheduleOptions& options, const Json& job) {
  const auto key = options.key.empty() ? random_key() : options.key;
  const auto submitted = submit(session, {job}, key);
  if (!submitted) return complain(session, submitted.error());
  if (session.json()) {
    if (!options.wait) {
      std::cout << Json{{"ids", submitted->ids}, {"repeated", submitted->repeated}}.dump() << "\n";
    }
  } else if (job.contains("array")) {
    std::cout << "Array (id=" << submitted->ids.front() << "): " << submitted->ids.size()
              << " jobs " << (submitted->repeated ? "registered before" : "registered")
              << std::endl;
  } else {
    std::cout << "Job (id=" << submitted->ids.front() << "): ok"
              << (submitted->repeated ? ", registered before" : " registered") << std::endl;
  }
  return finish(session, options, submitted->ids);
}

/// Jobs that wait for others of their submission must come in one.
bool hang_together(const std::vector<BatchLine>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const BatchLine& line) {
    const auto spec = job_spec_from_json(line.text);
    return spec && !spec->siblings.empty();
  });
}

int schedule_batch(Session& session, const ScheduleOptions& options, const Json& defaults) {
  std::ifstream file;
  const bool from_stdin = options.batch == "-";
  const std::string origin = from_stdin ? "standard input" : options.batch;
  if (!from_stdin) {
    file.open(options.batch);
    if (!file) return complain(session, {Errc::io_error, "cannot read " + origin, "--batch"});
  }
  const auto lines = read_batch(from_stdin ? std::cin : file, origin, defaults);
  if (!lines) return complain(session, lines.error());
  const auto key = options.key.empty() ? random_key() : options.key;
  const auto chunk = hang_together(*lines) ? lines->size() : options.chunk;
  std::vector<std::int64_t> ids;
  for (std::size_t first = 0; first < lines->size(); first += chunk) {
    std::vector<Json> jobs;
    for (std::size_t i = first; i < std::min(first + chunk, lines->size()); ++i) {
      jobs.push_back(Json::parse((*lines)[i].text));
    }
    const auto sent = submit(session, jobs, key + "-" + std::to_string(first));
    if (!sent) {
      if (!ids.empty()) {
        std::cerr << "retz-client: jobs " << ids.front() << " to " << ids.back()
                  << " were accepted before this\n";
      }
      return complain(session, located(sent.error(), *lines, first, origin));
    }
    ids.insert(ids.end(), sent->ids.begin(), sent->ids.end());
  }
  if (session.json()) {
    if (!options.wait) std::cout << Json{{"ids", ids}}.dump() << "\n";
  } else if (ids.empty()) {
    std::cout << "no jobs in " << origin << "\n";
  } else {
    std::cout << ids.size() << " jobs registered, ids " << ids.front() << " to " << ids.back()
              << std::endl;
  }
  return finish(session, options, ids);
}

int schedule(Session& session, const ScheduleOptions& options) {
  auto job = job_json(options.job);
  if (!job) {
    complain(session, job.error());
    return 2;
  }
  return options.batch.empty() ? schedule_one(session, options, *job)
                               : schedule_batch(session, options, *job);
}

}  // namespace

void add_submit_commands(CLI::App& app, Client& client) {
  auto* sub = app.add_subcommand("schedule", "Submit a job, or a batch of them");
  auto options = std::make_shared<ScheduleOptions>();
  add_job_options(*sub, options->job);
  sub->add_option("--batch", options->batch,
                  "File with one JSON job a line (- for stdin); the other options fill in what "
                  "lines leave out");
  sub->add_option("--batch-size", options->chunk, "Jobs in one request (1000)")
      ->check(CLI::Range(1, 10000));
  sub->add_option("--idempotency-key", options->key,
                  "Submit once, however often this command runs with the same key");
  sub->add_flag("-w,--wait", options->wait, "Until all have ended; exit 1 unless all succeeded");
  sub->callback([options, &client] {
    client.action = [options](Session& session) { return schedule(session, *options); };
  });
  add_run_command(app, client);
}

}  // namespace retz::cli
