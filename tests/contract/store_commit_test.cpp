// What every store promises about commits.
#include "contract/stores.hpp"

using namespace retz;

TEST_CASE_TEMPLATE("a new store is empty and awaits batch 1", F, MemoryFixture, SqliteFixture) {
  F fixture;
  const Result<Recovered> empty = fixture.store->load();
  REQUIRE(empty);
  CHECK(empty->jobs.empty());
  CHECK(empty->attempts.empty());
  CHECK(empty->last_batch == BatchNumber{0});
  CHECK(empty->last_job == JobId{0});
  CHECK(empty->last_arrival == Arrival{0});
  CHECK(fixture.store->commit(BatchNumber{1}, at_micros(5), {}));
  CHECK(fixture.store->load()->last_batch == BatchNumber{1});
  CHECK(fixture.store->load()->last_stamp == at_micros(5));
}

TEST_CASE_TEMPLATE("a number that was stored before is success and changes nothing", F,
                   MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1)});
  batches.commit({add_job(2)});
  for (const std::uint64_t number : {0U, 1U, 2U}) {
    CHECK(fixture.store->commit(BatchNumber{number}, at_micros(99),
                                std::vector<Write>{add_job(3), SetState{"a", "b"}}));
  }
  CHECK(ids(fixture.store->jobs({})) == Ids{2, 1});
  CHECK(*fixture.store->state("a") == std::optional<std::string>{});
  CHECK(fixture.store->load()->last_stamp == at_micros(2000));
}

TEST_CASE_TEMPLATE("a gap between numbers is refused and changes nothing", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  const auto gap =
      fixture.store->commit(BatchNumber{2}, at_micros(1), std::vector<Write>{add_job(1)});
  REQUIRE(!gap);
  CHECK(gap.error().code == Errc::internal);
  CHECK(gap.error().message.find("batch 2") != std::string::npos);
  CHECK(ids(fixture.store->jobs({})).empty());
  CHECK(fixture.store->load()->last_batch == BatchNumber{0});
}

TEST_CASE_TEMPLATE("a batch that contradicts what is stored leaves no trace", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), KeepKey{"alice", "k", "d", {JobId{1}}, at_micros(1)}});
  AddJob without_spec = add_job(5);
  without_spec.job.spec = nullptr;
  const std::vector<Write> wrong[] = {
      {add_job(2), SetState{"s", "v"}, add_job(1)},
      {add_job(2), add_job(2)},
      {add_job(2), update_job(3, JobState::finished)},
      {add_job(2), put_attempt(3, 1)},
      {add_job(2), KeepKey{"alice", "k", "other", {}, at_micros(2)}},
      {add_job(2), without_spec},
  };
  for (const std::vector<Write>& writes : wrong) {
    const Result<void> refused = batches.try_commit(writes);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::internal);
    CHECK(ids(fixture.store->jobs({})) == Ids{1});
    CHECK(*fixture.store->state("s") == std::optional<std::string>{});
    CHECK(fixture.store->load()->last_batch == BatchNumber{1});
  }
  batches.commit({add_job(2)});
  CHECK(ids(fixture.store->jobs({})) == Ids{2, 1});
}

TEST_CASE_TEMPLATE("writes are applied in their order within a batch", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), update_job(1, JobState::active), put_attempt(1, 1),
                  put_attempt(1, 1, AttemptState::ended), update_job(1, JobState::finished),
                  SetState{"a", "1"}, SetState{"a", "2"}});
  CHECK((*fixture.store->job(JobId{1}))->status.state == JobState::finished);
  CHECK(fixture.store->attempts(JobId{1})->at(0).state == AttemptState::ended);
  CHECK(*fixture.store->state("a") == std::optional<std::string>{"2"});
}

TEST_CASE_TEMPLATE("named states are found by how they begin, and an empty value removes one", F,
                   MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({SetState{"used/b", "2"}, SetState{"used/a", "1"}, SetState{"used", "x"},
                  SetState{"usage/a", "3"}, SetState{"used0", "y"}});
  const auto found = [&](const std::string& prefix) {
    std::string out;
    const auto states = fixture.store->states(prefix);
    REQUIRE(states);
    for (const SetState& state : *states) {
      out += state.name + "=" + state.value + " ";
    }
    return out;
  };
  CHECK(found("used/") == "used/a=1 used/b=2 ");
  CHECK(found("usage/") == "usage/a=3 ");
  CHECK(found("none/").empty());
  batches.commit({SetState{"used/a", ""}, SetState{"used/none", ""}});
  CHECK(found("used/") == "used/b=2 ");
  CHECK(*fixture.store->state("used/a") == std::optional<std::string>{});
}

TEST_CASE_TEMPLATE("the settled estimate of a job is read as it was written", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), update_job(1, JobState::active)});
  const Result<Recovered> loaded = fixture.store->load();
  REQUIRE(loaded);
  CHECK(loaded->jobs.at(0).estimate == Duration(1001));
  CHECK(loaded->jobs.at(0).estimate_source == EstimateSource::learnt);
}

TEST_CASE_TEMPLATE("load returns what lives, and the last of all numbers", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), add_job(2), add_job(3, {.state = JobState::blocked}), add_job(4)});
  batches.commit({put_attempt(2, 1), put_attempt(4, 1), update_job(2, JobState::active, 9)});
  batches.commit({put_attempt(4, 1, AttemptState::ended), update_job(4, JobState::failed),
                  put_attempt(2, 2, AttemptState::unreachable)});
  const Result<Recovered> loaded = fixture.store->load();
  REQUIRE(loaded);
  REQUIRE(loaded->jobs.size() == 3);
  CHECK(loaded->jobs[0].id == JobId{1});
  CHECK(loaded->jobs[1].id == JobId{2});
  CHECK(loaded->jobs[2].id == JobId{3});
  CHECK(loaded->jobs[2].status.state == JobState::blocked);
  REQUIRE(loaded->attempts.size() == 2);
  CHECK(loaded->attempts[0].ref == AttemptRef{JobId{2}, 1});
  CHECK(loaded->attempts[1].ref == AttemptRef{JobId{2}, 2});
  CHECK(loaded->last_job == JobId{4});
  CHECK(loaded->last_arrival == Arrival{9});
  CHECK(loaded->last_batch == BatchNumber{3});
  CHECK(loaded->last_stamp == at_micros(3000));
}

TEST_CASE_TEMPLATE("the re-run of an ended job makes it live again", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1), update_job(1, JobState::killed)});
  CHECK(fixture.store->load()->jobs.empty());
  batches.commit({update_job(1, JobState::queued, 12)});
  const Result<Recovered> loaded = fixture.store->load();
  REQUIRE(loaded->jobs.size() == 1);
  CHECK(loaded->jobs[0].status.arrival == Arrival{12});
  CHECK(loaded->last_arrival == Arrival{12});
}

TEST_CASE_TEMPLATE("the last job's id is kept after the job has ended", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(70, {.state = JobState::finished}), add_job(8)});
  CHECK(fixture.store->load()->last_job == JobId{70});
}
