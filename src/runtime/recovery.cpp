#include "runtime/recovery.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/facts.hpp"
#include "runtime/kept_state.hpp"
#include "runtime/turn.hpp"

namespace retz::runtime {
namespace {

/// What the store holds besides live jobs.
struct Tables {
  std::vector<Application> applications;
  std::vector<User> users;
  std::set<std::string> draining;
  std::vector<JobRecord> succeeded;  // lately; the newest first
  Snapshot kept;                     // what is not in rows of its own
};

constexpr std::uint32_t learnt_from = 10000;  // jobs

Result<Tables> load_tables(const Store& store) {
  Result<std::vector<Application>> applications = store.applications(std::nullopt);
  if (!applications) return tl::unexpected(std::move(applications.error()));
  Result<std::vector<User>> users = store.users();
  if (!users) return tl::unexpected(std::move(users.error()));
  Result<std::optional<std::string>> draining = store.state(draining_state);
  if (!draining) return tl::unexpected(std::move(draining.error()));
  JobQuery lately;
  lately.states = {JobState::finished};
  lately.limit = learnt_from;
  Result<JobPage> succeeded = store.jobs(lately);
  if (!succeeded) return tl::unexpected(std::move(succeeded.error()));
  Tables tables{std::move(*applications), std::move(*users), {}, std::move(succeeded->jobs), {}};
  if (auto kept = read_kept(store, tables.kept); !kept) {
    return tl::unexpected(std::move(kept.error()));
  }
  std::istringstream lines(draining->value_or(""));
  for (std::string node; std::getline(lines, node);) tables.draining.insert(node);
  return tables;
}

Snapshot snapshot_of(const Recovered& recovered, const Tables& tables,
                     const RuntimeOptions& options) {
  Snapshot snapshot = tables.kept;
  snapshot.jobs.reserve(recovered.jobs.size());
  for (const JobRecord& job : recovered.jobs) {
    snapshot.jobs.push_back({facts_of(job, options), job.status});
  }
  snapshot.attempts = recovered.attempts;
  snapshot.draining.assign(tables.draining.begin(), tables.draining.end());
  snapshot.last_arrival = recovered.last_arrival;
  snapshot.now = recovered.last_stamp;
  return snapshot;
}

/// In the order in which they ended, as if this runtime had seen it.
void learn(Core& core, std::vector<JobRecord> succeeded) {
  std::erase_if(succeeded,
                [](const JobRecord& job) { return !job.status.started || !job.status.finished; });
  std::sort(succeeded.begin(), succeeded.end(), [](const JobRecord& a, const JobRecord& b) {
    return std::pair(*a.status.finished, a.id) < std::pair(*b.status.finished, b.id);
  });
  for (const JobRecord& job : succeeded) {
    core.learner.note(job.spec->user, job.spec->application,
                      *job.status.finished - *job.status.started);
  }
}

void fill(Core& core, const Recovered& recovered, Tables tables) {
  core.last_job = recovered.last_job;
  core.last_batch = recovered.last_batch;
  core.draining = std::move(tables.draining);
  for (Application& application : tables.applications) {
    std::string name = application.name;
    core.applications[std::move(name)] =
        std::make_shared<const Application>(std::move(application));
  }
  for (User& user : tables.users) {
    std::string key_id = user.key_id;
    core.users[std::move(key_id)] = std::move(user);
  }
  for (const JobRecord& job : recovered.jobs) {
    core.live.add(job.id, *job.spec);
    core.specs.put(job.id, job.spec);
  }
  for (const AttemptRecord& attempt : recovered.attempts) core.board.note(attempt);
  learn(core, std::move(tables.succeeded));
}

}  // namespace

Result<std::unique_ptr<Core>> recover(RuntimeOptions options, Mailbox& mailbox, Clock& clock,
                                      Store& store, Cluster& cluster) {
  Result<Recovered> recovered = store.load();
  if (!recovered) return tl::unexpected(std::move(recovered.error()));
  Result<Tables> tables = load_tables(store);
  if (!tables) return tl::unexpected(std::move(tables.error()));
  const Policy configured = options.engine.policy;
  Result<KeptPolicy> policy = read_policy(store, configured);
  if (!policy) return tl::unexpected(std::move(policy.error()));
  if (policy->policy) options.engine.policy = std::move(*policy->policy);
  Result<Engine> engine =
      Engine::restore(options.engine, snapshot_of(*recovered, *tables, options));
  if (!engine) return tl::unexpected(std::move(engine.error()));

  std::unique_ptr<Core> core(new Core{std::move(options), mailbox, store, cluster,
                                      Stamp(clock, recovered->last_stamp), std::move(*engine)});
  fill(*core, *recovered, std::move(*tables));
  core->configured = configured;
  core->outdated_policy = policy->outdated;
  core->board.publish_policy(core->options.engine.policy);
  if (policy->outdated) {
    core->log(1, "the policy that was set while running is forgotten: the configuration changed");
  }
  if (core->last_batch.value > 0) {
    core->log(
        0, fmt::format("{} live jobs and {} live attempts recovered, up to batch {}",
                       recovered->jobs.size(), recovered->attempts.size(), core->last_batch.value));
  }
  if (auto opened = cluster.open(mailbox); !opened) {
    return tl::unexpected(std::move(opened.error()));
  }
  cluster.reconcile(recovered->attempts);
  // Back-offs may be over: the first turn looks at the queue even when nothing comes in.
  core->held.push_back({TimePassed{}});
  publish(*core, core->stamp.now(), true);
  return core;
}

}  // namespace retz::runtime
