// Kills, re-runs, applications, users, nodes: who may, and what becomes of it.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

Errc code_of(const Result<Answer>& answer) {
  REQUIRE_FALSE(answer);
  return answer.error().code;
}

JobSpec tagged(std::string name, std::string tag) {
  JobSpec spec = job(std::move(name));
  spec.tags = {std::move(tag)};
  return spec;
}

Application application(std::string name, std::string owner = {}) {
  Application out;
  out.name = std::move(name);
  out.owner = std::move(owner);
  return out;
}

}  // namespace

TEST_CASE("a waiting job is killed at once, a running one is stopped first") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("runs"), job("waits")}));
  const Result<Answer> killed = host.ask(KillJobs{"alice", {{2}, {1}}, {}});
  REQUIRE(killed);
  CHECK(killed->jobs == std::vector<JobId>{{1}, {2}});
  CHECK(host.state_of({2}) == JobState::killed);
  CHECK(host.store.rows.jobs.at({2}).status.outcome->reason.find("alice") != std::string::npos);
  CHECK(host.state_of({1}) == JobState::active);
  CHECK(host.cluster.attempts.at({{1}, 1}).stopped);
  host.cluster.end({{1}, 1}, {OutcomeKind::killed, -1, 15, {}});
  host.runtime->turn();
  CHECK(host.state_of({1}) == JobState::killed);
  const Result<Answer> again = host.ask(KillJobs{"alice", {{1}}, {}});
  REQUIRE(again);
  CHECK(again->jobs.empty());  // nothing left to kill
}

TEST_CASE("another user's job is not found, and one such refuses the whole kill") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  host.ask(StoreApplication{"bob", application("bobs")});
  JobSpec spec = job("three");
  spec.application = "bobs";
  host.ask(submit({spec}, {}, "bob"));
  CHECK(code_of(host.ask(KillJobs{"bob", {{3}, {1}}, {}})) == Errc::not_found);
  CHECK(code_of(host.ask(KillJobs{"bob", {{77}}, {}})) == Errc::not_found);
  CHECK(code_of(host.ask(RerunJob{"bob", {1}, true})) == Errc::not_found);
  CHECK(code_of(host.ask(ExplainJob{"bob", {2}})) == Errc::not_found);
  CHECK(host.state_of({3}) == JobState::queued);
  CHECK(host.ask(ExplainJob{"root", {2}}));
  CHECK(host.ask(KillJobs{"root", {{2}}, {}})->jobs == std::vector<JobId>{{2}});
  CHECK(host.ask(KillJobs{"", {{3}}, {}})->jobs == std::vector<JobId>{{3}});
}

TEST_CASE("a kill by tag reaches stored jobs, those of the same drain, and no one else's") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(StoreApplication{"bob", application("bobs")});
  JobSpec bobs = tagged("bobs", "t");
  bobs.application = "bobs";
  host.ask(submit({job("runs")}));
  host.ask(submit({bobs}, {}, "bob"));
  host.ask(submit({tagged("stored", "t"), tagged("other", "u")}));
  host.ask(KillJobs{"alice", {{3}}, {}});  // ended jobs are left alone
  host.ask(submit({tagged("stored2", "t")}));
  const Reply added = host.post(submit({tagged("fresh", "t")}));
  const Reply killed = host.post(KillJobs{"alice", {}, "t"});
  host.runtime->turn();
  CHECK((**added)->jobs == std::vector<JobId>{{6}});
  CHECK((**killed)->jobs == std::vector<JobId>{{5}, {6}});
  CHECK(host.state_of({6}) == JobState::killed);
  CHECK(host.state_of({2}) == JobState::queued);
  CHECK(host.state_of({4}) == JobState::queued);
  CHECK(host.ask(KillJobs{"alice", {}, "nothing"})->jobs.empty());
  CHECK(code_of(host.ask(KillJobs{"alice", {}, {}})) == Errc::invalid_argument);
}

TEST_CASE("a job that ended long ago runs again under its id, its attempts go on counting") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  host.cluster.end({{1}, 1}, exit_with(2));
  host.settle();
  CHECK(host.state_of({1}) == JobState::failed);
  host.crash();
  host.open();
  host.settle();
  const Result<Answer> again = host.ask(RerunJob{"alice", {1}, false});
  REQUIRE(again);
  CHECK(again->jobs == std::vector<JobId>{{1}});
  CHECK(host.state_of({1}) == JobState::active);
  CHECK(host.cluster.attempts.contains({{1}, 2}));
  host.cluster.end({{1}, 2}, exit_with(0));
  host.settle();
  CHECK(host.state_of({1}) == JobState::finished);
  CHECK(host.store.rows.jobs.at({1}).status.attempts == 2);
}

TEST_CASE("a job may be killed and run again in one drain") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("runs"), job("waits")}));
  host.post(KillJobs{"alice", {{2}}, {}});
  const Reply again = host.post(RerunJob{"alice", {2}, false});
  host.runtime->turn();
  REQUIRE((**again));
  CHECK(host.state_of({2}) == JobState::queued);
  CHECK(host.store.tried.size() == 2);
  CHECK(host.ask(KillJobs{"alice", {{2}}, {}})->jobs.size() == 1);
}

TEST_CASE("a running job is not run again unless it is killed with it") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  CHECK(code_of(host.ask(RerunJob{"alice", {1}, false})) == Errc::conflict);
  REQUIRE(host.ask(RerunJob{"alice", {1}, true}));
  CHECK(host.cluster.attempts.at({{1}, 1}).stopped);
  host.cluster.end({{1}, 1}, {OutcomeKind::killed, -1, 15, {}});
  host.settle();
  CHECK(host.cluster.attempts.contains({{1}, 2}));
}

TEST_CASE("an application stays while it has live jobs; without it an ended job cannot run again") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  const Result<Answer> refused = host.ask(RemoveApplication{"alice", "app"});
  CHECK(code_of(refused) == Errc::conflict);
  CHECK(refused.error().message.find("2 jobs") != std::string::npos);
  host.crash();
  host.open();  // counted anew
  CHECK(code_of(host.ask(RemoveApplication{"alice", "app"})) == Errc::conflict);
  host.ask(KillJobs{"alice", {{1}, {2}}, {}});
  host.cluster.end({{1}, 1}, {OutcomeKind::killed, -1, 15, {}});
  host.settle();
  CHECK(code_of(host.ask(RemoveApplication{"bob", "app"})) == Errc::not_found);
  REQUIRE(host.ask(RemoveApplication{"alice", "app"}));
  CHECK(host.store.rows.applications.empty());
  CHECK(code_of(host.ask(RemoveApplication{"alice", "app"})) == Errc::not_found);
  CHECK(code_of(host.ask(RerunJob{"alice", {1}, false})) == Errc::conflict);
  CHECK(code_of(host.ask(submit({job("three")}))) == Errc::not_found);
}

TEST_CASE("a submission and the removal of its application in one drain do not cross") {
  Host host;
  host.open();
  const Reply added = host.post(submit({job("one")}));
  const Reply removed = host.post(RemoveApplication{"alice", "app"});
  host.runtime->turn();
  CHECK((**added).has_value());
  CHECK(code_of(**removed) == Errc::conflict);
}

TEST_CASE("an application is its owner's") {
  Host host;
  host.open();
  CHECK(code_of(host.ask(StoreApplication{"bob", application("app")})) == Errc::forbidden);
  CHECK(code_of(host.ask(StoreApplication{"bob", application("x", "alice")})) == Errc::forbidden);
  Application patient = application("patient", "bob");
  patient.grace_period = std::chrono::hours(2);
  CHECK(code_of(host.ask(StoreApplication{"bob", patient})) == Errc::invalid_argument);
  CHECK(code_of(host.ask(StoreApplication{"bob", application("no blanks")})) ==
        Errc::invalid_argument);
  REQUIRE(host.ask(StoreApplication{"bob", application("bobs")}));
  CHECK(host.store.rows.applications.at("bobs").owner == "bob");
  Application changed = application("bobs");
  changed.unix_user = "daemon";
  REQUIRE(host.ask(StoreApplication{"root", changed}));
  CHECK(host.store.rows.applications.at("bobs").owner == "bob");  // still his
  CHECK(host.store.rows.applications.at("bobs").unix_user == "daemon");
}

TEST_CASE("a user stored is known at once, also as an administrator") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  CHECK(code_of(host.ask(KillJobs{"carol", {{1}}, {}})) == Errc::not_found);
  REQUIRE(host.ask(StoreUser{{"carol", "secret", true, true, ""}}));
  CHECK(host.ask(KillJobs{"carol", {{1}}, {}}));
  CHECK(code_of(host.ask(StoreUser{{"", "secret", true, true, ""}})) == Errc::invalid_argument);
}

TEST_CASE("a drained node takes nothing, and still does not after a restart") {
  Host host;
  host.open();
  host.settle();
  CHECK(code_of(host.ask(DrainNode{"nowhere", true})) == Errc::not_found);
  REQUIRE(host.ask(DrainNode{"local", true}));
  const std::size_t commits = host.store.tried.size();
  REQUIRE(host.ask(DrainNode{"local", true}));
  CHECK(host.store.tried.size() == commits);  // nothing new to store
  host.ask(submit({job("one")}));
  CHECK(host.cluster.launches.empty());
  host.crash();
  host.open();
  host.settle();
  CHECK(host.cluster.launches.empty());
  CHECK(host.runtime->status().nodes.at(0).draining);
  REQUIRE(host.ask(DrainNode{"local", false}));
  CHECK(host.cluster.launches.size() == 1);
  host.crash();
  host.open();
  host.settle();
  CHECK_FALSE(host.runtime->status().nodes.at(0).draining);
}

TEST_CASE("a job is explained while it waits, and told ended afterwards") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("runs"), job("waits")}));
  Result<Answer> answer = host.ask(ExplainJob{"alice", {2}});
  REQUIRE(answer);
  CHECK(answer->explanation->state == JobState::queued);
  CHECK_FALSE(answer->explanation->reasons.empty());
  host.ask(KillJobs{"alice", {{2}}, {}});
  answer = host.ask(ExplainJob{"alice", {2}});
  REQUIRE(answer);
  CHECK(answer->explanation->state == JobState::killed);
  CHECK(code_of(host.ask(ExplainJob{"alice", {5}})) == Errc::not_found);
}

TEST_CASE("commands that need the store are answered unavailable while it cannot be read") {
  Host host;
  host.open();
  host.ask(submit({job("one")}));
  host.store.unreadable = Error{Errc::storage_busy, "locked", {}};
  for (const Command& command :
       {Command{submit({job("x")}, "key")}, Command{KillJobs{"alice", {}, "t"}}}) {
    const Result<Answer> answer = host.ask(command);
    CHECK(code_of(answer) == Errc::unavailable);
    CHECK(answer.error().message.find("storage_busy") != std::string::npos);
  }
  CHECK(host.ask(KillJobs{"alice", {{1}}, {}}));  // a live job needs no reading
}
