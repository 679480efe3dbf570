// A store that fails: nothing is acknowledged, nothing is carried out, nothing is lost.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

struct Stall : Host {
  explicit Stall(Error error) {
    options.reply_patience = std::chrono::seconds(2);
    open();
    settle();
    trace.clear();
    store.fails = std::move(error);
  }
};

}  // namespace

TEST_CASE("a full disk holds everything up until there is room, and then nothing is missing") {
  Stall host({Errc::storage_full, "no space left on device", {}});
  const Reply first = host.post(submit({job("one")}));
  Runtime::Turn turn = host.runtime->turn();
  CHECK_FALSE(first->has_value());
  CHECK(host.cluster.launches.empty());
  CHECK(turn.sleep == std::chrono::milliseconds(10));
  REQUIRE(host.runtime->status().stalled.has_value());
  CHECK(host.runtime->status().stalled->code == Errc::storage_full);

  const Result<Answer> second = host.ask(submit({job("two")}));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::unavailable);
  CHECK(second.error().message.find("storage_full") != std::string::npos);

  host.store.fails.reset();
  host.clock.pass(std::chrono::milliseconds(10));
  host.trace.clear();
  turn = host.runtime->turn();
  CHECK(turn.worked);
  CHECK(host.trace == Trace{"commit 1", "reply", "carry out 1", "committed 1"});
  CHECK((**first)->jobs == std::vector<JobId>{{1}});
  CHECK_FALSE(host.runtime->status().stalled.has_value());
  CHECK(host.ask(submit({job("three")}))->jobs == std::vector<JobId>{{2}});
}

TEST_CASE("tries become rarer, from 10 ms to one a second, and each is byte for byte the same") {
  Stall host({Errc::storage_busy, "database is locked", {}});
  host.post(submit({job("one")}));
  std::vector<std::int64_t> sleeps;
  for (int i = 0; i < 10; ++i) {
    const Runtime::Turn turn = host.runtime->turn();
    REQUIRE(turn.sleep.has_value());
    sleeps.push_back(*turn.sleep / std::chrono::milliseconds(1));
    host.clock.pass(*turn.sleep);
  }
  CHECK(sleeps == std::vector<std::int64_t>{10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000});
  for (const std::vector<Write>& writes : host.store.tried) {
    REQUIRE(writes.size() == host.store.tried[0].size());
    const auto& add = std::get<AddJob>(writes[0]);
    CHECK(add.job.spec == std::get<AddJob>(host.store.tried[0][0]).job.spec);
    CHECK(add.job.status == std::get<AddJob>(host.store.tried[0][0]).job.status);
  }
  CHECK(host.trace.back() == "failed commit 1");
}

TEST_CASE("between two tries a turn does not touch the store") {
  Stall host({Errc::storage_busy, "database is locked", {}});
  host.post(submit({job("one")}));
  host.runtime->turn();
  const std::size_t tried = host.store.tried.size();
  const Runtime::Turn turn = host.runtime->turn();
  CHECK_FALSE(turn.worked);
  CHECK(host.store.tried.size() == tried);
}

TEST_CASE("events wait while a commit fails, and are booked when it went through") {
  Host host;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  host.store.fails = Error{Errc::storage_full, "full", {}};
  host.cluster.end({{1}, 1}, exit_with(0), Receipt{1});
  host.runtime->turn();
  host.cluster.end({{2}, 1}, exit_with(0), Receipt{2});
  host.runtime->turn();
  CHECK(host.cluster.settled.empty());
  CHECK(host.state_of({1}) == JobState::active);
  host.store.fails.reset();
  host.clock.pass(std::chrono::milliseconds(10));
  const Runtime::Turn turn = host.runtime->turn();
  CHECK(turn.sleep == Duration{0});  // the held events are next
  host.runtime->turn();
  CHECK(host.cluster.settled == std::vector<Receipt>{{1}, {2}});
  CHECK(host.state_of({1}) == JobState::finished);
  CHECK(host.state_of({2}) == JobState::finished);
}

TEST_CASE("a client does not wait for ever, and its key finds the job that was stored after all") {
  Stall host({Errc::storage_full, "full", {}});
  const Reply reply = host.post(submit({job("one")}, "key"));
  host.runtime->turn();
  host.clock.pass(std::chrono::milliseconds(1999));
  host.runtime->turn();
  CHECK_FALSE(reply->has_value());
  host.clock.pass(std::chrono::seconds(1));
  host.runtime->turn();
  REQUIRE(reply->has_value());
  CHECK((*reply)->error().code == Errc::unavailable);
  CHECK((*reply)->error().message.find("storage_full") != std::string::npos);

  host.store.fails.reset();
  host.clock.pass(std::chrono::seconds(2));
  host.runtime->turn();
  const Result<Answer> again = host.ask(submit({job("one")}, "key"));
  REQUIRE(again);
  CHECK(again->repeated);
  CHECK(again->jobs == std::vector<JobId>{{1}});
  CHECK(host.store.rows.jobs.size() == 1);
}

TEST_CASE("a commit whose answer was lost is not applied twice") {
  Host host;
  host.open();
  host.settle();
  host.store.loses_answer = true;
  const Reply reply = host.post(submit({job("one")}));
  host.runtime->turn();
  CHECK_FALSE(reply->has_value());
  CHECK(host.cluster.launches.empty());
  host.clock.pass(std::chrono::milliseconds(10));
  host.trace.clear();
  host.runtime->turn();
  CHECK(host.trace == Trace{"commit 1", "reply", "carry out 1", "committed 1"});
  CHECK(host.store.rows.jobs.size() == 1);
  CHECK(host.cluster.runs.at("one") == 1);
}

TEST_CASE("a damaged store: the batch is shown once, and the runtime stays, stalled") {
  for (const Errc code : {Errc::storage_corrupt, Errc::internal}) {
    Stall host({code, "the file is damaged", {}});
    host.post(submit({job("precious")}));
    for (int i = 0; i < 20; ++i) {
      host.runtime->turn();
      host.clock.pass(std::chrono::seconds(1));
    }
    CHECK(host.runtime->status().stalled->code == code);
    const auto shown = std::count_if(host.log.begin(), host.log.end(), [](const std::string& line) {
      return line.find("\"precious\"") != std::string::npos;
    });
    CHECK(shown == 1);
  }
}

TEST_CASE("a secret is not shown with a batch that cannot be stored") {
  Stall host({Errc::storage_corrupt, "the file is damaged", {}});
  host.post(StoreUser{{"carol", "hush", true, false, ""}});
  host.runtime->turn();
  REQUIRE(host.log.size() >= 2);
  for (const std::string& line : host.log) CHECK(line.find("hush") == std::string::npos);
}

TEST_CASE("why a job waits is told also while commits fail") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("runs"), job("waits")}));
  host.store.fails = Error{Errc::storage_full, "full", {}};
  host.post(submit({job("third")}));
  host.runtime->turn();
  const Result<Answer> answer = host.ask(ExplainJob{"alice", {2}});
  REQUIRE(answer);
  REQUIRE(answer->explanation.has_value());
  CHECK_FALSE(answer->explanation->reasons.empty());
}

TEST_CASE("a start whose spec cannot be read waits for it as for a commit") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  host.crash();
  // A new runtime that never saw the spec of the second job except in rows it cannot read: more
  // jobs than its cache holds push it out.
  host.open();
  host.settle();
  std::vector<JobSpec> many(9000, job("filler"));
  host.ask(submit(many));
  host.store.unreadable = Error{Errc::storage_busy, "locked", {}};
  host.cluster.end({{1}, 1}, exit_with(0));
  host.runtime->turn();
  CHECK(host.runtime->status().stalled.has_value());
  CHECK(host.cluster.launches.size() == 1);
  host.store.unreadable.reset();
  host.clock.pass(std::chrono::seconds(1));
  host.runtime->turn();
  CHECK_FALSE(host.runtime->status().stalled.has_value());
  REQUIRE(host.cluster.launches.size() == 2);
  CHECK(host.cluster.launches[1].job->name == "two");
}
