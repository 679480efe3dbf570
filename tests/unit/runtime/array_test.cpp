// Arrays and dependencies: one submission becomes many jobs, by id and under one roof.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

JobSpec array(std::string name, std::int64_t from, std::int64_t to, std::uint32_t running = 0) {
  JobSpec spec = job(std::move(name));
  spec.array = ArrayPlace{.from = from, .to = to, .running_max = running};
  return spec;
}

Error refusal_of(Host& host, Command command) {
  Result<Answer> answer = host.ask(std::move(command));
  REQUIRE_FALSE(answer);
  return answer.error();
}

KillJobs kill_array(std::uint64_t first, std::string user = "alice") {
  KillJobs command;
  command.user = std::move(user);
  command.array = JobId{first};
  return command;
}

RerunJob rerun_array(std::uint64_t first, bool kill_running) {
  return {"alice", JobId{first}, kill_running, true};
}

}  // namespace

TEST_CASE("an array becomes jobs with consecutive ids that know their place") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  const Result<Answer> answer = host.ask(submit({job("first"), array("many", 5, 7, 2)}, "key"));
  REQUIRE(answer);
  CHECK(answer->jobs == std::vector<JobId>{{1}, {2}, {3}, {4}});
  const auto& rows = host.store.rows.jobs;
  CHECK_FALSE(rows.at({1}).spec->array);
  CHECK(rows.at({2}).spec->array == ArrayPlace{JobId{2}, 5, 7, 5, 2});
  CHECK(rows.at({4}).spec->array == ArrayPlace{JobId{2}, 5, 7, 7, 2});
  CHECK(host.ask(submit({job("first"), array("many", 5, 7, 2)}, "key"))->jobs == answer->jobs);
  CHECK(host.ask(submit({job("next")}))->jobs == std::vector<JobId>{{5}});
}

TEST_CASE("the jobs of arrays count one by one, and a wrong range is named") {
  Host host;
  host.options.jobs_per_submission = 10;
  host.open();
  CHECK(refusal_of(host, submit({job("a"), array("b", 1, 10)})).code == Errc::too_large);
  CHECK(host.ask(submit({job("a"), array("b", 1, 9)}))->jobs.size() == 10);
  const Error error = refusal_of(host, submit({job("a"), array("b", 3, 2)}));
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.field == "jobs[1].array");
  CHECK(refusal_of(host, submit({array("b", INT64_MIN, INT64_MAX)})).field == "array");
}

TEST_CASE("an array is killed as one, by whoever it belongs to") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.settle();
  host.ask(submit({array("many", 1, 3), job("other")}));
  CHECK(refusal_of(host, kill_array(1, "bob")).code == Errc::not_found);
  CHECK(refusal_of(host, kill_array(2)).code == Errc::not_found);
  CHECK(refusal_of(host, kill_array(4)).code == Errc::not_found);
  CHECK(refusal_of(host, kill_array(99)).code == Errc::not_found);
  const Result<Answer> killed = host.ask(kill_array(1));
  REQUIRE(killed);
  CHECK(killed->jobs == std::vector<JobId>{{1}, {2}, {3}});
  CHECK(host.state_of({2}) == JobState::killed);
  CHECK(host.state_of({4}) == JobState::queued);
  CHECK(host.cluster.attempts.at({{1}, 1}).stopped);
}

TEST_CASE("an array that is killed in the batch that submits it is killed whole") {
  Host host;
  host.open();
  host.post(submit({array("many", 1, 3)}));
  const Reply killed = host.post(kill_array(1));
  host.runtime->turn();
  REQUIRE(**killed);
  CHECK((**killed)->jobs.size() == 3);
  CHECK(host.state_of({3}) == JobState::killed);
}

TEST_CASE("an array is run again as one, and what runs refuses that") {
  Host host;
  host.cluster.cpus = 2000;
  host.open();
  host.settle();
  host.ask(submit({array("many", 1, 3)}));
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  CHECK(host.state_of({1}) == JobState::finished);
  const Error error = refusal_of(host, rerun_array(1, false));
  CHECK(error.code == Errc::conflict);
  CHECK(host.state_of({1}) == JobState::finished);
  const Result<Answer> again = host.ask(rerun_array(1, true));
  REQUIRE_MESSAGE(again, again.error().message);
  CHECK(again->jobs.size() == 3);
  CHECK(host.store.rows.jobs.at({2}).status.wish == Wish::rerun);
  host.cluster.end({{2}, 1}, exit_with(143));
  host.cluster.end({{3}, 1}, exit_with(143));
  host.settle();
  CHECK(host.state_of({1}) != JobState::finished);
  CHECK(host.store.rows.jobs.at({2}).status.attempts == 2);
}

TEST_CASE("jobs of one submission wait for each other by place and by name, for arrays whole") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  JobSpec last = job("last");
  last.siblings = {{0, {}, Dependency::When::end}, {0, "many", Dependency::When::success}};
  REQUIRE(host.ask(submit({job("prepare"), array("many", 1, 2), last})));
  const JobSpec& stored = *host.store.rows.jobs.at({4}).spec;
  CHECK(stored.siblings.empty());
  CHECK(stored.dependencies == std::vector<Dependency>{{JobId{1}, Dependency::When::end},
                                                       {JobId{2}, Dependency::When::success},
                                                       {JobId{3}, Dependency::When::success}});
}

TEST_CASE("a job waits for all jobs of an array that came before it, ended ones too") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("before"), array("many", 1, 3)}));
  host.settle();
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  host.cluster.end({{2}, 1}, exit_with(0));
  host.settle();
  REQUIRE(host.state_of({2}) == JobState::finished);
  JobSpec last = job("last");
  last.whole_arrays = {{JobId{2}, Dependency::When::success}};
  REQUIRE(host.ask(submit({last})));
  const JobSpec& stored = *host.store.rows.jobs.at({5}).spec;
  CHECK(stored.whole_arrays.empty());
  CHECK(stored.dependencies == std::vector<Dependency>{{JobId{2}, Dependency::When::success},
                                                       {JobId{3}, Dependency::When::success},
                                                       {JobId{4}, Dependency::When::success}});
  host.cluster.end({{3}, 1}, exit_with(0));
  host.settle();
  CHECK(host.state_of({5}) == JobState::blocked);
  host.cluster.end({{4}, 1}, exit_with(0));
  host.settle();
  CHECK(host.state_of({5}) == JobState::active);
  last.whole_arrays = {{JobId{1}, Dependency::When::success}};
  const Error error = refusal_of(host, submit({last}));
  CHECK(error.field == "after");
  CHECK(error.message.find("no array 1") != std::string::npos);
}

TEST_CASE("a job that is waited for must be there, and be one's own") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  const auto after = [](JobId id, std::string user = "alice") {
    JobSpec spec = job("later");
    spec.dependencies = {{id, Dependency::When::success}};
    return submit({spec}, {}, std::move(user));
  };
  CHECK(host.ask(after({1})));
  CHECK(refusal_of(host, after({77})).field == "after");
  CHECK(refusal_of(host, after({77})).code == Errc::not_found);
  Application bobs;
  bobs.name = "bobs";
  CHECK(host.ask(StoreApplication{"bob", bobs}));
  JobSpec spec = job("spy");
  spec.application = "bobs";
  spec.dependencies = {{JobId{1}, Dependency::When::success}};
  CHECK(refusal_of(host, submit({spec}, {}, "bob")).code == Errc::not_found);
  spec.dependencies = {};
  spec.siblings = {{7, {}, Dependency::When::success}};
  CHECK(refusal_of(host, submit({spec}, {}, "bob")).field == "after");
  spec.siblings = {{0, "spy", Dependency::When::success}};
  CHECK(refusal_of(host, submit({spec}, {}, "bob")).message.find("itself") != std::string::npos);
  spec.siblings = {{0, "nobody", Dependency::When::success}};
  CHECK(refusal_of(host, submit({spec}, {}, "bob")).message.find("nobody") != std::string::npos);
}

TEST_CASE("a job that ended long ago counts as it ended") {
  Host host;
  host.open();
  host.settle();
  host.ask(submit({job("good"), job("bad")}));
  host.cluster.end({{1}, 1}, exit_with(0));
  host.cluster.end({{2}, 1}, exit_with(1));
  host.settle();
  JobSpec met = job("met");
  met.dependencies = {{JobId{1}, Dependency::When::success}};
  JobSpec unmet = job("unmet");
  unmet.dependencies = {{JobId{2}, Dependency::When::success}};
  REQUIRE(host.ask(submit({met, unmet})));
  CHECK(host.state_of({3}) == JobState::active);
  CHECK(host.state_of({4}) == JobState::failed);
  CHECK(host.store.rows.jobs.at({4}).status.outcome->kind == OutcomeKind::dependency_failed);
}

TEST_CASE("what waits for other jobs waits on after a restart") {
  Host host;
  host.open();
  host.settle();
  JobSpec later = job("later");
  later.siblings = {{0, {}, Dependency::When::success}, {1, {}, Dependency::When::success}};
  host.ask(submit({job("a"), job("b"), later}));
  CHECK(host.state_of({3}) == JobState::blocked);
  host.cluster.end({{1}, 1}, exit_with(0));
  host.settle();
  const std::uint64_t before = host.runtime->engine_digest();
  host.crash();
  host.open();
  CHECK(host.runtime->engine_digest() == before);
  host.settle();
  CHECK(host.state_of({3}) == JobState::blocked);
  host.cluster.end({{2}, 1}, exit_with(0));
  host.settle();
  CHECK(host.state_of({3}) == JobState::active);
}
