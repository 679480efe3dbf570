// Runtime, engine and SQLite store together, over a cluster in memory: what is restored from a real
// file is what was there, and a disk that was full comes back.
#include <doctest/doctest.h>

#include <fstream>

#include "base/generator.hpp"
#include "contract/small_disk.hpp"
#include "contract/stores.hpp"
#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

/// A host program whose store is a file; the cluster goes on while it is down.
struct FileHost {
  std::filesystem::path file;
  Trace trace;
  FakeClock clock;
  FakeMailbox mailbox;
  FakeCluster cluster{trace};
  RuntimeOptions options;
  std::unique_ptr<Store> store;
  std::unique_ptr<Runtime> runtime;

  explicit FileHost(std::filesystem::path path) : file(std::move(path)) {
    cluster.cpus = 3000;
    open();
    Application app;
    app.name = "app";
    app.owner = "alice";
    ask(StoreUser{{"alice", "secret", true, false, ""}});
    ask(StoreApplication{"alice", app});
  }

  void open() {
    auto opened = sqlite_store(file);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    store = std::move(*opened);
    auto made = Runtime::open(options, mailbox, clock, *store, cluster);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().message));
    runtime = std::move(*made);
  }

  /// As after kill -9, and started again.
  void restart() {
    runtime.reset();
    store.reset();
    mailbox.inflow = {};
    open();
  }

  Reply post(Command command) {
    auto reply = std::make_shared<std::optional<Result<Answer>>>();
    mailbox.post(std::move(command), [reply](Result<Answer> answer) { *reply = answer; });
    return reply;
  }

  std::vector<JobId> ask(Command command) {
    const Reply reply = post(std::move(command));
    runtime->turn();
    REQUIRE(reply->has_value());
    REQUIRE_MESSAGE(**reply, (**reply ? "" : (**reply).error().message));
    return (**reply)->jobs;
  }

  void settle() {
    for (int i = 0; i < 1000; ++i) {
      const Runtime::Turn turn = runtime->turn();
      if (!turn.worked && turn.sleep != Duration{0}) return;
    }
    FAIL("the runtime does not come to rest");
  }

  JobRecord stored(JobId id) const {
    const auto job = store->job(id);
    REQUIRE(job);
    REQUIRE(job->has_value());
    return **job;
  }
};

JobSpec odd_job(base::Generator& chance, const std::string& name) {
  JobSpec spec = job(name, static_cast<std::int64_t>(100 + chance.below(2000)));
  spec.priority = static_cast<std::int32_t>(chance.below(40)) - 20;
  spec.tags = {chance.below(2) == 0 ? "left" : "right"};
  if (chance.below(2) == 0) spec.estimate = std::chrono::seconds(1 + chance.below(100));
  spec.retry.max_attempts = 1 + static_cast<std::uint32_t>(chance.below(3));
  spec.retry.backoff = std::chrono::milliseconds(chance.below(50));
  return spec;
}

/// One thing that happens.
void happen(FileHost& host, base::Generator& chance, int number) {
  const auto running = host.cluster.running();
  switch (chance.below(5)) {
    case 0:
    case 1:
      host.ask(submit({odd_job(chance, "job" + std::to_string(number))}));
      break;
    case 2:
    case 3:
      if (!running.empty()) {
        host.cluster.end(running[chance.below(running.size())],
                         exit_with(static_cast<int>(chance.below(2))));
      }
      break;
    default:
      host.post(KillJobs{"alice", {}, chance.below(2) == 0 ? "left" : "right"});
  }
  host.clock.pass(std::chrono::milliseconds(chance.below(40)));
  host.runtime->turn();
  // What was told to stop does.
  for (const AttemptRef ref : host.cluster.running()) {
    if (host.cluster.attempts.at(ref).stopped) host.cluster.end(ref, exit_with(1));
  }
}

}  // namespace

TEST_CASE("an engine restored from a file is the one that was lost, wherever it was lost") {
  const std::uint64_t seed = 20261122;
  CAPTURE(seed);
  base::Generator chance(seed);
  const TemporaryFolder folder;
  FileHost host(folder.path() / "retz.db");
  int restarts = 0;
  for (int number = 0; number < 400; ++number) {
    happen(host, chance, number);
    if (chance.below(8) != 0) continue;
    CAPTURE(number);
    // The engine's time is part of its digest, and is stored with what is written.
    host.ask(submit({odd_job(chance, "last words")}));
    const std::uint64_t before = host.runtime->engine_digest();
    host.restart();
    CHECK(host.runtime->engine_digest() == before);
    ++restarts;
  }
  CHECK(restarts > 20);
  // All that ever ran comes to its end, and nothing is left over.
  for (int i = 0;
       i < 5000 && host.runtime->status().counts.active + host.runtime->status().counts.queued +
                           host.runtime->status().counts.blocked >
                       0;
       ++i) {
    host.clock.pass(std::chrono::milliseconds(60));
    host.settle();
    for (const AttemptRef ref : host.cluster.running()) host.cluster.end(ref, exit_with(0));
  }
  const auto live = host.store->load();
  REQUIRE(live);
  CHECK(live->jobs.empty());
  CHECK(live->attempts.empty());
}

TEST_CASE("a result that came while the program was down is in the file after the restart") {
  const TemporaryFolder folder;
  FileHost host(folder.path() / "retz.db");
  host.ask(submit({job("one")}, "key"));
  REQUIRE(host.cluster.running().size() == 1);
  host.runtime.reset();
  host.store.reset();
  host.cluster.inbox = &host.mailbox;
  host.cluster.end({{1}, 1}, exit_with(3));
  host.mailbox.inflow = {};  // nobody listened
  host.open();
  host.settle();
  CHECK(host.stored({1}).status.state == JobState::failed);
  CHECK(host.stored({1}).status.outcome->exit_code == 3);
  CHECK(host.ask(submit({job("one")}, "key")) == std::vector<JobId>{{1}});
  CHECK(host.cluster.runs["one"] == 1);
}

TEST_CASE("state that a cluster reports is in the file before its receipt goes back") {
  const TemporaryFolder folder;
  FileHost host(folder.path() / "retz.db");
  host.settle();
  host.cluster.settled.clear();
  host.mailbox.post({{StateReported{"mesos.framework", "f-0001"}, Receipt{7}},
                     {StateReported{"mesos.agent.S0", "10.0.0.1:5051"}, Receipt{8}}});
  std::optional<std::string> stored_then;
  host.cluster.before_action = [&](const Action&) {
    stored_then = *host.store->state("mesos.framework");
  };
  host.runtime->turn();
  CHECK(stored_then == "f-0001");
  CHECK(host.cluster.settled == std::vector<Receipt>{{7}, {8}});
  host.cluster.before_action = {};

  host.mailbox.post({{StateReported{"mesos.agent.S0", ""}, Receipt{9}}});
  host.runtime->turn();
  host.restart();
  const auto kept = host.store->states("mesos.");
  REQUIRE(kept);
  REQUIRE(kept->size() == 1);
  CHECK(kept->front().name == "mesos.framework");
  CHECK(kept->front().value == "f-0001");
}

TEST_CASE("state that cannot be stored is not settled until it can") {
  const SmallDisk disk;
  const std::filesystem::path ballast = disk.path() / "ballast";
  FileHost host(disk.path() / "retz.db");
  host.settle();
  host.cluster.settled.clear();
  std::ofstream(ballast) << std::string(3'000'000, 'b');
  host.mailbox.post({{StateReported{"mesos.framework", std::string(400'000, 'f')}, Receipt{7}}});
  host.runtime->turn();
  REQUIRE(host.runtime->status().stalled);
  CHECK(host.cluster.settled.empty());
  std::filesystem::remove(ballast);
  host.clock.pass(std::chrono::seconds(1));
  host.settle();
  CHECK(host.cluster.settled == std::vector<Receipt>{{7}});
  CHECK((*host.store->state("mesos.framework"))->size() == 400'000);
}

TEST_CASE("a full disk: nothing is acknowledged or started; with room again nothing is missing") {
  const SmallDisk disk;
  const std::filesystem::path ballast = disk.path() / "ballast";
  FileHost host(disk.path() / "retz.db");
  std::ofstream(ballast) << std::string(3'000'000, 'b');  // takes what is left
  std::vector<JobSpec> bulk(8, job("bulky"));
  for (JobSpec& spec : bulk) spec.command = std::string(50'000, 'x');
  const std::size_t launched = host.cluster.launches.size();
  const Reply patient = host.post(submit(bulk, "key"));
  host.runtime->turn();
  CHECK_FALSE(patient->has_value());
  CHECK(host.cluster.launches.size() == launched);
  REQUIRE(host.runtime->status().stalled);
  CHECK(host.runtime->status().stalled->code == Errc::storage_full);

  host.clock.pass(host.options.reply_patience);
  host.runtime->turn();
  REQUIRE(patient->has_value());
  REQUIRE_FALSE(**patient);
  CHECK((**patient).error().code == Errc::unavailable);
  CHECK((**patient).error().message.find("full") != std::string::npos);

  std::filesystem::remove(ballast);
  host.clock.pass(std::chrono::seconds(1));
  host.settle();
  CHECK_FALSE(host.runtime->status().stalled);
  CHECK(host.cluster.launches.size() == launched + 3);  // as many as the node has room for
  const auto again = host.post(submit(bulk, "key"));
  host.settle();
  REQUIRE(again->has_value());
  REQUIRE(**again);
  CHECK((**again)->repeated);
  const std::uint64_t before = host.runtime->engine_digest();
  host.restart();
  CHECK(host.runtime->engine_digest() == before);
  CHECK(host.store->jobs({})->jobs.size() == bulk.size());
}
