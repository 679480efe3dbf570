// What every store promises about finding jobs.
#include "base/generator.hpp"
#include "contract/stores.hpp"
#include "store/matching.hpp"

using namespace retz;

namespace {

const std::vector<Write> sample{
    add_job(1, {.user = "alice", .name = "one", .tags = {"a"}, .submitted = 10}),
    add_job(2, {.user = "bob", .application = "other", .tags = {"a", "b"}, .submitted = 20}),
    add_job(3, {.user = "alice", .tags = {"b"}, .state = JobState::finished, .submitted = 30}),
    add_job(4,
            {.user = "alice", .application = "other", .state = JobState::active, .submitted = 40}),
};

}  // namespace

TEST_CASE_TEMPLATE("an empty query finds all jobs, newest first", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches(*fixture.store).commit(sample);
  CHECK(ids(fixture.store->jobs({})) == Ids{4, 3, 2, 1});
  CHECK(!fixture.store->jobs({})->more);
}

TEST_CASE_TEMPLATE("each filter holds back what it does not mean", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches(*fixture.store).commit(sample);
  const auto found = [&](const JobQuery& query) { return ids(fixture.store->jobs(query)); };
  CHECK(found({.user = "alice"}) == Ids{4, 3, 1});
  CHECK(found({.application = "other"}) == Ids{4, 2});
  CHECK(found({.tag = "a"}) == Ids{2, 1});
  CHECK(found({.name = "one"}) == Ids{1});
  CHECK(found({.states = {JobState::finished}}) == Ids{3});
  CHECK(found({.states = {JobState::queued, JobState::active}}) == Ids{4, 2, 1});
  CHECK(found({.states = {JobState::queued, JobState::finished}}) == Ids{3, 2, 1});
  CHECK(found({.submitted_from = at_micros(20)}) == Ids{4, 3, 2});
  CHECK(found({.submitted_before = at_micros(20)}) == Ids{1});
  CHECK(found({.below = JobId{3}}) == Ids{2, 1});
  CHECK(found({.below = JobId{~std::uint64_t{0}}}) == Ids{4, 3, 2, 1});
  CHECK(found({.user = "alice", .application = "other"}) == Ids{4});
  CHECK(found({.user = "carol"}).empty());
  CHECK(found({.tag = "a' OR '1'='1"}).empty());
}

TEST_CASE_TEMPLATE("the jobs of an array are found by the id of its first", F, MemoryFixture,
                   SqliteFixture) {
  F fixture;
  Batches(*fixture.store)
      .commit({add_job(1, {.array = 1}), add_job(2, {.array = 1}), add_job(3),
               add_job(4, {.state = JobState::finished, .array = 4})});
  CHECK(ids(fixture.store->jobs({.array = JobId{1}})) == Ids{2, 1});
  CHECK(ids(fixture.store->jobs({.array = JobId{4}, .states = {JobState::finished}})) == Ids{4});
  CHECK(ids(fixture.store->jobs({.array = JobId{4}, .states = {JobState::queued}})).empty());
  CHECK(ids(fixture.store->jobs({.array = JobId{3}})).empty());
  const auto job = *fixture.store->job(JobId{2});
  REQUIRE(job);
  CHECK(job->spec->array == ArrayPlace{JobId{1}, 0, 9, 1, 2});
}

TEST_CASE_TEMPLATE("pages follow each other without a gap", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches(*fixture.store).commit(sample);
  JobQuery query;
  query.limit = 3;
  Result<JobPage> page = fixture.store->jobs(query);
  CHECK(ids(page) == Ids{4, 3, 2});
  CHECK(page->more);
  query.below = page->jobs.back().id;
  page = fixture.store->jobs(query);
  CHECK(ids(page) == Ids{1});
  CHECK(!page->more);
  query.below = std::nullopt;
  query.limit = 4;
  CHECK(!fixture.store->jobs(query)->more);
}

TEST_CASE_TEMPLATE("filters come before the limit", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches batches(*fixture.store);
  batches.commit({add_job(1, {.tags = {"rare"}})});
  std::vector<Write> many;
  for (std::uint64_t id = 2; id < 300; ++id) {
    many.push_back(add_job(id, {.tags = {"common"}}));
  }
  batches.commit(many);
  JobQuery query;
  query.tag = "rare";
  query.limit = 1;
  CHECK(ids(fixture.store->jobs(query)) == Ids{1});
  CHECK(!fixture.store->jobs(query)->more);
  query.tag = "common";
  query.limit = 10;
  CHECK(fixture.store->jobs(query)->jobs.size() == 10);
  CHECK(fixture.store->jobs(query)->more);
}

TEST_CASE_TEMPLATE("a limit outside 1 to 65536 is held within", F, MemoryFixture, SqliteFixture) {
  F fixture;
  Batches(*fixture.store).commit(sample);
  JobQuery query;
  query.limit = 0;
  CHECK(ids(fixture.store->jobs(query)) == Ids{4});
  query.limit = 4'000'000'000U;
  CHECK(ids(fixture.store->jobs(query)).size() == 4);
}

TEST_CASE_TEMPLATE("random queries find what their words mean", F, MemoryFixture, SqliteFixture) {
  F fixture;
  base::Generator g(20261122);
  const auto pick = [&](std::initializer_list<const char*> names) {
    return std::string(*(names.begin() + g.below(names.size())));
  };
  std::vector<JobRecord> model;
  std::vector<Write> writes;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    JobSketch sketch{.user = pick({"u1", "u2", "u3"}),
                     .application = pick({"a1", "a2"}),
                     .name = pick({"", "n1", "n2"}),
                     .state = static_cast<JobState>(g.below(6)),
                     .submitted = static_cast<std::int64_t>(g.below(50))};
    for (const char* tag : {"t1", "t2", "t3"}) {
      if (g.below(3) == 0) {
        sketch.tags.push_back(tag);
      }
    }
    writes.push_back(add_job(id, sketch));
    model.insert(model.begin(), std::get<AddJob>(writes.back()).job);
  }
  Batches(*fixture.store).commit(writes);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    JobQuery query;
    const auto maybe = [&](auto& field, auto value) {
      if (g.below(3) == 0) {
        field = value;
      }
    };
    maybe(query.user, pick({"u1", "u2", "u4"}));
    maybe(query.application, pick({"a1", "a2"}));
    maybe(query.tag, pick({"t1", "t2", "t4"}));
    maybe(query.name, pick({"", "n1"}));
    maybe(query.submitted_from, at_micros(static_cast<std::int64_t>(g.below(50))));
    maybe(query.submitted_before, at_micros(static_cast<std::int64_t>(g.below(50))));
    maybe(query.below, JobId{g.below(220)});
    for (std::uint64_t i = g.below(3); i > 0; --i) {
      query.states.push_back(static_cast<JobState>(g.below(6)));
    }
    query.limit = static_cast<std::uint32_t>(1 + g.below(60));
    Ids expected;
    for (const JobRecord& job : model) {
      if (store::matches(query, job)) {
        expected.push_back(job.id.value);
      }
    }
    const bool more = expected.size() > query.limit;
    expected.resize(std::min<std::size_t>(expected.size(), query.limit));
    const Result<JobPage> page = fixture.store->jobs(query);
    CHECK(ids(page) == expected);
    CHECK(page->more == more);
  }
}
