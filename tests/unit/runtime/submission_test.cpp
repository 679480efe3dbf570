// Submissions: what is checked, what is settled, and that a key answers once.
#include <doctest/doctest.h>

#include "unit/runtime/host.hpp"

using namespace retz;
using namespace retz::testing;

namespace {

Error error_of(Host& host, Command command) {
  Result<Answer> answer = host.ask(std::move(command));
  REQUIRE_FALSE(answer);
  return answer.error();
}

}  // namespace

TEST_CASE("the same key answers with the same jobs: later, after a restart, and in one drain") {
  Host host;
  host.open();
  const Reply first = host.post(submit({job("one"), job("two")}, "key"));
  const Reply twin = host.post(submit({job("one"), job("two")}, "key"));
  host.runtime->turn();
  CHECK_FALSE((**first)->repeated);
  CHECK((**twin)->repeated);
  CHECK((**twin)->jobs == (**first)->jobs);
  const Result<Answer> later = host.ask(submit({job("one"), job("two")}, "key"));
  CHECK(later->repeated);
  host.crash();
  host.open();
  const Result<Answer> after = host.ask(submit({job("one"), job("two")}, "key"));
  CHECK(after->repeated);
  CHECK(after->jobs == std::vector<JobId>{{1}, {2}});
  CHECK(host.store.rows.jobs.size() == 2);
}

TEST_CASE("a key with another body is a conflict; another user's same key is another key") {
  Host host;
  host.open();
  host.ask(submit({job("one")}, "key"));
  CHECK(error_of(host, submit({job("one")}, "key", "alice", "other")).code == Errc::conflict);
  const Result<Answer> admin = host.ask(submit({job("one")}, "key", "root"));
  REQUIRE(admin);
  CHECK_FALSE(admin->repeated);
}

TEST_CASE("a refused submission does not use up its key") {
  Host host;
  host.options.engine.limits.cpus = 2000;
  host.open();
  CHECK(error_of(host, submit({job("wide", 3000)}, "key")).code == Errc::limit_exceeded);
  const Result<Answer> again = host.ask(submit({job("wide", 2000)}, "key"));
  REQUIRE(again);
  CHECK_FALSE(again->repeated);
}

TEST_CASE("all jobs of a submission are taken or none") {
  Host host;
  host.options.engine.limits.cpus = 2000;
  host.open();
  host.settle();
  host.trace.clear();
  const Error error = error_of(host, submit({job("a"), job("b", 9000), job("c")}));
  CHECK(error.code == Errc::limit_exceeded);
  CHECK(error.field.rfind("jobs[1]", 0) == 0);
  CHECK(host.trace == Trace{"reply"});  // nothing stored, nothing started
  CHECK(host.runtime->status().counts.queued + host.runtime->status().counts.active == 0);
  REQUIRE(host.ask(submit({job("d")})));
  CHECK(host.store.rows.jobs.size() == 1);
  CHECK(host.cluster.runs == std::map<std::string, int>{{"d", 1}});
}

TEST_CASE("a job needs an application that exists, is enabled, and is its user's") {
  Host host;
  Application off;
  off.name = "off";
  off.owner = "alice";
  off.enabled = false;
  host.store.rows.applications["off"] = off;
  host.open();
  JobSpec spec = job("x");
  spec.application = "nowhere";
  CHECK(error_of(host, submit({spec})).code == Errc::not_found);
  CHECK(error_of(host, submit({job("x")}, {}, "bob")).code == Errc::not_found);
  spec.application = "off";
  CHECK(error_of(host, submit({spec})).code == Errc::conflict);
  CHECK(host.ask(submit({job("x")}, {}, "root")));  // an administrator
  CHECK(host.ask(submit({job("x")}, {}, "")));      // the host program itself
  CHECK(host.store.rows.jobs.at({1}).spec->user == "root");
  CHECK(host.store.rows.jobs.at({2}).spec->user == "alice");
}

TEST_CASE("a user cannot submit in another's name") {
  Host host;
  host.open();
  JobSpec spec = job("x");
  spec.user = "root";
  REQUIRE(host.ask(submit({spec})));
  CHECK(host.store.rows.jobs.at({1}).spec->user == "alice");
}

TEST_CASE("counts are limited: none, too many at once, too many waiting") {
  Host host;
  host.options.jobs_per_submission = 3;
  host.options.waiting_jobs = 4;
  host.cluster.cpus = 1000;
  host.open();
  CHECK(error_of(host, submit({})).code == Errc::invalid_argument);
  CHECK(error_of(host, submit(std::vector<JobSpec>(4, job("x")))).code == Errc::too_large);
  REQUIRE(host.ask(submit(std::vector<JobSpec>(3, job("x")))));  // one runs, two wait
  CHECK(error_of(host, submit(std::vector<JobSpec>(3, job("x")))).code == Errc::unavailable);
  CHECK(host.ask(submit(std::vector<JobSpec>(2, job("x")))));
}

TEST_CASE("what can never be is refused with the field's name") {
  Host host;
  host.open();
  const auto field_of = [&](auto change) {
    JobSpec spec = job("x");
    change(spec);
    const Error error = error_of(host, submit({spec}));
    CHECK(error.code == Errc::invalid_argument);
    return error.field;
  };
  CHECK(field_of([](JobSpec& s) { s.command.clear(); }) == "command");
  CHECK(field_of([](JobSpec& s) { s.priority = 20; }) == "priority");
  CHECK(field_of([](JobSpec& s) { s.request.amounts.cpus = -1; }) == "resources.cpus");
  CHECK(field_of([](JobSpec& s) { s.request.ports = 70000; }) == "resources.ports");
  CHECK(field_of([](JobSpec& s) { s.retry.max_attempts = 0; }) == "retry.max_attempts");
  CHECK(field_of([](JobSpec& s) { s.time_limit = Duration{0}; }) == "time_limit");
  CHECK(field_of([](JobSpec& s) { s.grace_period = Duration{-1}; }) == "grace_period");
  CHECK(field_of([](JobSpec& s) { s.grace_period = std::chrono::hours(2); }) == "grace_period");
  CHECK(field_of([](JobSpec& s) { s.request.gpus = {1, 500, {}}; }) == "resources.gpus");
  JobSpec patient = job("x");
  patient.grace_period = std::chrono::hours(2);
  CHECK(error_of(host, submit({patient}))
            .message.find("7200 s; it must be 0 or more and at most "
                          "3600 s") != std::string::npos);
  patient.grace_period = grace_period_max;
  CHECK(host.ask(submit({patient})));
  JobSpec bad = job("x");
  bad.command.clear();
  CHECK(error_of(host, submit({job("y"), bad})).field == "jobs[1].command");
}

TEST_CASE("the grace period is settled at submission, whatever becomes of the application") {
  Host host;
  host.cluster.cpus = 1000;
  host.open();
  host.ask(submit({job("one"), job("two")}));
  Application app = host.store.rows.applications.at("app");
  app.grace_period = std::chrono::seconds(99);
  REQUIRE(host.ask(StoreApplication{"alice", app}));
  const std::uint64_t before = host.runtime->engine_digest();
  host.crash();
  host.open();
  CHECK(host.runtime->engine_digest() == before);
  CHECK(host.store.rows.jobs.at({2}).spec->grace_period == std::chrono::seconds(10));
}
