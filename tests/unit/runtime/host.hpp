// A small host program for tests: a clock that stands, a mailbox, a store and a cluster of its own,
// and a runtime that can be thrown away and opened again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "retz/runtime.hpp"
#include "unit/runtime/fake_cluster.hpp"
#include "unit/runtime/fake_store.hpp"

namespace retz::testing {

class FakeClock final : public Clock {
 public:
  Instant wall_now = at_micros(1'000'000'000'000);
  Duration steady_now{500};
  Instant wall() override { return wall_now; }
  Duration steady() override { return steady_now; }
  void pass(Duration time) {
    wall_now += time;
    steady_now += time;
  }
};

class FakeMailbox final : public Mailbox {
 public:
  Inflow inflow;
  void post(std::vector<Event> events) override {
    std::move(events.begin(), events.end(), std::back_inserter(inflow.events));
  }
  void post(Command command, ReplyTo reply) override {
    inflow.commands.emplace_back(std::move(command), std::move(reply));
  }
  Inflow drain() override { return std::exchange(inflow, {}); }
};

using Reply = std::shared_ptr<std::optional<Result<Answer>>>;

struct Host {
  Trace trace;
  FakeClock clock;
  FakeMailbox mailbox;
  FakeStore store{trace};
  FakeCluster cluster{trace};
  std::vector<std::string> log;
  RuntimeOptions options;
  std::unique_ptr<Runtime> runtime;

  /// With one user, alice, and her application, app.
  Host() {
    store.rows.users["alice"] = {"alice", "secret", true, false, ""};
    store.rows.users["bob"] = {"bob", "secret", true, false, ""};
    store.rows.users["root"] = {"root", "secret", true, true, ""};
    Application app;
    app.name = "app";
    app.owner = "alice";
    store.rows.applications["app"] = app;
    options.hooks.log = [this](int, const std::string& message) { log.push_back(message); };
    options.hooks.committed = [this](BatchNumber number, Instant, std::span<const Write>) {
      trace.push_back("committed " + std::to_string(number.value));
    };
  }

  void open() {
    auto opened = Runtime::open(options, mailbox, clock, store, cluster);
    REQUIRE_MESSAGE(opened, opened.error().message);
    runtime = std::move(*opened);
  }

  /// As after kill -9: what was in memory is gone.
  void crash() {
    runtime.reset();
    mailbox.inflow = {};
    cluster.inbox = nullptr;
  }

  Reply post(Command command) {
    auto reply = std::make_shared<std::optional<Result<Answer>>>();
    mailbox.post(std::move(command), [reply, this](Result<Answer> answer) {
      REQUIRE_FALSE(reply->has_value());
      trace.push_back("reply");
      *reply = std::move(answer);
    });
    return reply;
  }

  Result<Answer> ask(Command command) {
    const Reply reply = post(std::move(command));
    runtime->turn();
    REQUIRE(reply->has_value());
    return **reply;
  }

  /// Turns until there is nothing to do now.
  void settle() {
    for (int i = 0; i < 1000; ++i) {
      const Runtime::Turn turn = runtime->turn();
      if (!turn.worked && turn.sleep != Duration{0}) return;
    }
    FAIL("the runtime does not come to rest");
  }

  JobState state_of(JobId id) const { return store.rows.jobs.at(id).status.state; }
};

inline JobSpec job(std::string name, std::int64_t cpus = 1000) {
  JobSpec spec;
  spec.application = "app";
  spec.command = "true";
  spec.name = std::move(name);
  spec.request.amounts = {cpus, 32, 32, {}};
  return spec;
}

inline SubmitJobs submit(std::vector<JobSpec> jobs, std::string key = {}, std::string user = "alice",
                         std::string digest = "d") {
  return {std::move(user), std::move(jobs), std::move(key), std::move(digest)};
}

inline Outcome exit_with(int code) {
  return {OutcomeKind::exited, code, 0, {}};
}

}  // namespace retz::testing
