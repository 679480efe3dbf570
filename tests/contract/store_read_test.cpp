// What every store promises about what it gives back.
#include <atomic>
#include <thread>

#include "base/generator.hpp"
#include "contract/stores.hpp"
#include "unit/json/random_specs.hpp"

using namespace retz;

namespace {

AttemptRecord full_attempt() {
  AttemptRecord out;
  out.ref = {JobId{1}, 2};
  out.state = AttemptState::ended;
  out.placement = {.node = "node-1",
                   .amounts = {.cpus = 1500, .mem = 64, .disk = 3, .custom = {{"lic", 1}}},
                   .ports = {31000, 31001},
                   .gpus = {{0, 1000}, {2, 1000}}};
  out.started = at_micros(1'795'336'560'000'001);
  out.running_since = at_micros(1'795'336'560'000'002);
  out.ended = at_micros(1'795'336'560'000'003);
  out.outcome = Outcome{OutcomeKind::signaled, -1, 9, "killed by signal 9 \xF0\x9F\x98\x80"};
  out.usage = {Duration(1'234'567), 12};
  out.confinement = "cgroup-v1 cpu,memory";
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("a job comes back as it was written", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    base::Generator g(seed);
    JobRecord job;
    job.id = JobId{seed};
    const auto spec = std::make_shared<const JobSpec>(random_spec(g));
    job.spec = spec;
    JobStatus& status = job.status;
    status.state = static_cast<JobState>(g.below(6));
    status.arrival = Arrival{g.below(1000)};
    status.submitted = at_micros(static_cast<std::int64_t>(g.below(1'800'000'000'000'000)));
    status.eligible_at = at_micros(5);
    status.attempts = static_cast<std::uint32_t>(g.below(9));
    status.tries = 2;
    status.system_failures = 3;
    status.wish = static_cast<Wish>(g.below(3));
    if (g.below(2) == 0) {
      status.started = at_micros(6);
      status.finished = at_micros(7);
      status.outcome = Outcome{static_cast<OutcomeKind>(g.below(9)), static_cast<int>(g.below(3)),
                               static_cast<int>(g.below(10)), random_text(g, 20)};
    }
    batches.commit({AddJob{job}});
    const auto again = fixture.store->job(job.id);
    REQUIRE(again);
    REQUIRE(*again);
    CHECK((*again)->status == job.status);
    const JobSpec& read = *(*again)->spec;
    CHECK(read.user == spec->user);
    CHECK(read.application == spec->application);
    CHECK(read.command == spec->command);
    CHECK(read.name == spec->name);
    CHECK(read.tags == spec->tags);
    CHECK(read.environment == spec->environment);
    CHECK(read.request == spec->request);
    CHECK(read.priority == spec->priority);
    CHECK(read.estimate == spec->estimate);
    CHECK(read.time_limit == spec->time_limit);
    CHECK(read.grace_period == spec->grace_period);
    CHECK(read.retry == spec->retry);
  }
  CHECK(fixture.store->job(JobId{1000})->has_value() == false);
}

TEST_CASE_TEMPLATE("attempts come back in order, as they were written last", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), add_job(2), put_attempt(1, 3), put_attempt(1, 2), put_attempt(2, 1),
                  put_attempt(1, 1)});
  batches.commit({PutAttempt{full_attempt()}});
  const auto attempts = fixture.store->attempts(JobId{1});
  REQUIRE(attempts);
  REQUIRE(attempts->size() == 3);
  CHECK(attempts->at(0) == put_attempt(1, 1).attempt);
  CHECK(attempts->at(1) == full_attempt());
  CHECK(attempts->at(2) == put_attempt(1, 3).attempt);
  CHECK(fixture.store->attempts(JobId{9})->empty());
}

TEST_CASE_TEMPLATE("applications are found by name and by owner", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  const Application a{.name = "a",
                      .owner = "alice",
                      .files = {{"/x", true, false, true}},
                      .unix_user = "nobody",
                      .container_image = "debian:12",
                      .grace_period = Duration(1'500'000),
                      .enabled = false};
  const Application b{.name = "b", .owner = "bob"};
  batches.commit({PutApplication{b}, PutApplication{a}});
  CHECK(*fixture.store->applications(std::nullopt) == std::vector<Application>{a, b});
  CHECK(*fixture.store->applications("bob") == std::vector<Application>{b});
  CHECK(*fixture.store->application("a") == std::optional<Application>{a});
  Application taken_over = a;
  taken_over.owner = "bob";
  batches.commit({PutApplication{taken_over}, DeleteApplication{"b"}, DeleteApplication{"none"}});
  CHECK(*fixture.store->applications("bob") == std::vector<Application>{taken_over});
  CHECK(*fixture.store->application("b") == std::optional<Application>{});
}

TEST_CASE_TEMPLATE("keys are unique for each user", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({KeepKey{"alice", "k", "digest", {JobId{1}, JobId{2}}, at_micros(3)},
                  KeepKey{"bob", "k", "other", {}, at_micros(4)}});
  const auto key = fixture.store->key("alice", "k");
  REQUIRE(key);
  REQUIRE(*key);
  CHECK((*key)->body_digest == "digest");
  CHECK((*key)->jobs == std::vector<JobId>{JobId{1}, JobId{2}});
  CHECK((*key)->at == at_micros(3));
  CHECK((*fixture.store->key("bob", "k"))->jobs.empty());
  CHECK(!*fixture.store->key("alice", "other"));
}

TEST_CASE_TEMPLATE("users and named state are replaced by what is written later", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({PutUser{{"bob", "s1", true, false, "x"}}, PutUser{{"al", "s2", false, true, ""}},
                  SetState{"boot", "1"}, SetState{"empty", ""}});
  batches.commit({PutUser{{"bob", "s3", false, false, "y"}}, SetState{"boot", "2"}});
  const auto users = fixture.store->users();
  REQUIRE(users);
  REQUIRE(users->size() == 2);
  CHECK(users->at(0).key_id == "al");
  CHECK(users->at(0).admin);
  CHECK(!users->at(0).enabled);
  CHECK(users->at(1).secret == "s3");
  CHECK(!users->at(1).enabled);
  CHECK(users->at(1).info == "y");
  CHECK(*fixture.store->state("boot") == std::optional<std::string>{"2"});
  CHECK(*fixture.store->state("empty") == std::optional<std::string>{});
  CHECK(*fixture.store->state("none") == std::optional<std::string>{});
}

TEST_CASE_TEMPLATE("other threads read whole batches while commits go on", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  constexpr std::uint64_t pairs = 200;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> reads{0};
  const auto reader = [&] {
    do {
      JobQuery query;
      query.limit = 1;
      const Result<JobPage> page = fixture.store->jobs(query);
      failed += page ? 0 : 1;
      // Jobs are added in pairs: an odd newest id would be half a batch.
      torn += page && !page->jobs.empty() && page->jobs[0].id.value % 2 != 0 ? 1 : 0;
      failed += fixture.store->attempts(JobId{2}) ? 0 : 1;
      ++reads;
    } while (!done);
  };
  std::thread one(reader);
  std::thread two(reader);
  Batches batches(*fixture.store);
  Result<void> committed;
  for (std::uint64_t i = 0; i < pairs && committed; ++i) {
    committed = fixture.store->commit(
        BatchNumber{i + 1}, at_micros(1),
        std::vector<Write>{add_job(2 * i + 1), add_job(2 * i + 2), put_attempt(2 * i + 2, 1)});
  }
  done = true;
  one.join();
  two.join();
  CHECK(committed);
  CHECK(torn == 0);
  CHECK(failed == 0);
  CHECK(reads > 0);
  CHECK(ids(fixture.store->jobs({.limit = 1})) == Ids{2 * pairs});
}

TEST_CASE("a store that is opened again is equal to what was written") {
  SqliteFixture fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1, {.tags = {"t"}}), add_job(2), PutAttempt{full_attempt()},
                  put_attempt(2, 1), update_job(2, JobState::active),
                  PutUser{{"k", "s", true, false, ""}}, SetState{"a", "b"},
                  PutApplication{{.name = "app", .owner = "k"}},
                  KeepKey{"k", "key", "d", {JobId{1}}, at_micros(4)}});
  const Recovered before = *fixture.store->load();
  fixture.reopen();
  const Recovered after = *fixture.store->load();
  REQUIRE(after.jobs.size() == before.jobs.size());
  for (std::size_t i = 0; i < after.jobs.size(); ++i) {
    CHECK(after.jobs[i].id == before.jobs[i].id);
    CHECK(after.jobs[i].status == before.jobs[i].status);
    CHECK(after.jobs[i].spec->command == before.jobs[i].spec->command);
  }
  CHECK(after.attempts == before.attempts);
  CHECK(after.last_job == before.last_job);
  CHECK(after.last_arrival == before.last_arrival);
  CHECK(after.last_batch == before.last_batch);
  CHECK(after.last_stamp == before.last_stamp);
  CHECK(fixture.store->attempts(JobId{1})->at(0) == full_attempt());
  CHECK(ids(fixture.store->jobs({.tag = "t"})) == Ids{1});
  CHECK(fixture.store->users()->size() == 1);
  CHECK(fixture.store->application("app")->has_value());
  CHECK(fixture.store->key("k", "key")->has_value());
  CHECK(*fixture.store->state("a") == std::optional<std::string>{"b"});
  Batches(*fixture.store, 1).commit({add_job(3)});
}
