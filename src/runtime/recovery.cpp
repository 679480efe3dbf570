#include "runtime/recovery.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "runtime/booking.hpp"
#include "runtime/facts.hpp"
#include "runtime/turn.hpp"

namespace retz::runtime {
namespace {

/// What the store holds besides live jobs.
struct Tables {
  std::vector<Application> applications;
  std::vector<User> users;
  std::set<std::string> draining;
};

Result<Tables> load_tables(const Store& store) {
  Result<std::vector<Application>> applications = store.applications(std::nullopt);
  if (!applications) return tl::unexpected(std::move(applications.error()));
  Result<std::vector<User>> users = store.users();
  if (!users) return tl::unexpected(std::move(users.error()));
  Result<std::optional<std::string>> draining = store.state(draining_state);
  if (!draining) return tl::unexpected(std::move(draining.error()));
  Tables tables{std::move(*applications), std::move(*users), {}};
  std::istringstream lines(draining->value_or(""));
  for (std::string node; std::getline(lines, node);) tables.draining.insert(node);
  return tables;
}

Snapshot snapshot_of(const Recovered& recovered, const Tables& tables,
                     const RuntimeOptions& options) {
  Snapshot snapshot;
  snapshot.jobs.reserve(recovered.jobs.size());
  for (const JobRecord& job : recovered.jobs) {
    snapshot.jobs.push_back({facts_of(job.id, *job.spec, options), job.status});
  }
  snapshot.attempts = recovered.attempts;
  snapshot.draining.assign(tables.draining.begin(), tables.draining.end());
  snapshot.last_arrival = recovered.last_arrival;
  snapshot.now = recovered.last_stamp;
  return snapshot;
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
}

}  // namespace

Result<std::unique_ptr<Core>> recover(RuntimeOptions options, Mailbox& mailbox, Clock& clock,
                                      Store& store, Cluster& cluster) {
  Result<Recovered> recovered = store.load();
  if (!recovered) return tl::unexpected(std::move(recovered.error()));
  Result<Tables> tables = load_tables(store);
  if (!tables) return tl::unexpected(std::move(tables.error()));
  Result<Engine> engine =
      Engine::restore(options.engine, snapshot_of(*recovered, *tables, options));
  if (!engine) return tl::unexpected(std::move(engine.error()));

  std::unique_ptr<Core> core(new Core{std::move(options), mailbox, store, cluster,
                                      Stamp(clock, recovered->last_stamp), std::move(*engine)});
  fill(*core, *recovered, std::move(*tables));
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
