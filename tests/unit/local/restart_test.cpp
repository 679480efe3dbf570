// What survives the death of a server, of a supervisor, of the machine.
#include "cluster_fixture.hpp"

using namespace retz;
using retz::test::eventually;
using retz::test::Host;

namespace {

AttemptRecord believed(const Launch& launch, AttemptState state = AttemptState::running) {
  AttemptRecord record;
  record.ref = launch.attempt;
  record.state = state;
  record.placement = launch.placement;
  return record;
}

void reconcile(Host& host, const std::vector<AttemptRecord>& records) {
  host.cluster->reconcile(records);
}

}  // namespace

TEST_CASE("jobs outlive their server; the next one hears how they stand and how they ended") {
  Host host;
  const auto running = host.order("while [ ! -e go ]; do sleep 0.01; done; exit 4");
  const auto ended = host.order("exit 9");
  host.give(running);
  host.run(ended);
  REQUIRE(eventually([&] { return host.runs(running.attempt); }));
  const pid_t supervisor = test::supervisor_of(host.options.data);
  host.cluster.reset();
  const auto before = host.inbox.events().size();
  host.start();
  CHECK(test::supervisor_of(host.options.data) == supervisor);
  reconcile(host, {believed(running), believed(ended)});
  REQUIRE(eventually([&] { return host.inbox.events().size() >= before + 3; }));
  const auto runs = host.inbox.all<AttemptRunning>();
  CHECK(runs.back().attempt == running.attempt);
  const auto ends = host.inbox.all<AttemptEnded>();
  REQUIRE(ends.size() == 2);  // the same end, told to both servers
  CHECK(ends[0].outcome == ends[1].outcome);
  CHECK(ends[1].outcome.exit_code == 9);
  test::write(host.box(running.attempt) / "go", "");
  CHECK(host.await(running.attempt).outcome.exit_code == 4);
}

TEST_CASE("an attempt that was never launched is a system failure, and never runs afterwards") {
  Host host;
  const auto launch = host.order("true");
  reconcile(host, {believed(launch, AttemptState::starting)});
  const auto end = host.await(launch.attempt);
  CHECK(end.outcome.kind == OutcomeKind::launch_failed);
  CHECK(is_system_failure(end.outcome.kind));
  host.cluster.reset();
  host.start();
  host.give(launch);  // the order that was on its way
  REQUIRE(eventually([&] { return host.inbox.all<AttemptEnded>().size() == 2; }));
  CHECK(host.inbox.all<AttemptEnded>().back().outcome == end.outcome);
  CHECK(!host.runs(launch.attempt));
}

TEST_CASE("when the supervisor dies its jobs are ended and count as lost; new ones run") {
  Host host;
  const auto launch = host.order("setsid sleep 1000 & echo $! > pid; wait");
  host.give(launch);
  const auto file = host.box(launch.attempt) / "pid";
  REQUIRE(eventually([&] { return !test::contents(file).empty(); }));
  const pid_t left = std::stoi(test::contents(file));
  kill(test::supervisor_of(host.options.data), SIGKILL);
  const auto end = host.await(launch.attempt);
  CHECK(end.outcome.kind == OutcomeKind::node_lost);
  CHECK(eventually([&] { return kill(left, 0) != 0; }));
  CHECK(succeeded(host.run(host.order("true")).outcome));
}

TEST_CASE("the supervisor dying while no server is there is found out by the next server") {
  Host host;
  const auto launch = host.order("sleep 1000");
  host.give(launch);
  REQUIRE(eventually([&] { return host.runs(launch.attempt); }));
  host.cluster.reset();
  kill(test::supervisor_of(host.options.data), SIGKILL);
  REQUIRE(eventually([&] { return test::supervisor_of(host.options.data) <= 0; }));
  host.start();
  reconcile(host, {believed(launch)});
  CHECK(host.await(launch.attempt).outcome.kind == OutcomeKind::node_lost);
}

TEST_CASE("after a reboot everything that ran is lost, whatever its records say") {
  test::Directory directory;
  const auto file = directory.path / "boot_id";
  test::write(file, "first\n");
  setenv("RETZ_BOOT_ID_FILE", file.c_str(), 1);
  {
    Host host;
    const auto running = host.order("sleep 1000");
    host.give(running);
    REQUIRE(eventually([&] { return host.runs(running.attempt); }));
    const auto ended = host.order("true");
    host.run(ended);
    host.cluster.reset();
    test::write(file, "second\n");
    host.start();
    const auto before = host.inbox.all<AttemptEnded>().size();
    reconcile(host, {believed(running), believed(ended)});
    REQUIRE(eventually([&] { return host.inbox.all<AttemptEnded>().size() == before + 2; }));
    const auto ends = host.inbox.all<AttemptEnded>();
    CHECK(ends[before].outcome.kind == OutcomeKind::node_lost);
    CHECK(ends[before + 1].outcome.kind == OutcomeKind::node_lost);
  }
  unsetenv("RETZ_BOOT_ID_FILE");
}

TEST_CASE("a stop that was under way when the server died is carried out, with the job's grace") {
  Host host;
  auto launch = host.order("trap '' TERM; echo > ready; while :; do sleep 0.05; done");
  launch.grace_period = std::chrono::milliseconds(100);
  host.give(launch);
  REQUIRE(eventually([&] { return test::fs::exists(host.box(launch.attempt) / "ready"); }));
  host.cluster.reset();
  host.start();
  const auto asked = std::chrono::steady_clock::now();
  reconcile(host, {believed(launch, AttemptState::stopping)});
  const auto end = host.await(launch.attempt);
  CHECK(end.outcome.kind == OutcomeKind::killed);
  CHECK(end.outcome.signal == SIGKILL);
  // Ten seconds is what a job has that was given none: this one must not get them.
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(10));
}

TEST_CASE("a second supervisor on the same data directory is refused") {
  Host host;
  host.run(host.order("true"));
  const std::string command =
      std::string(getenv("RETZ_EXEC")) + " serve --data " + host.options.data.string() + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char text[256] = {};
  CHECK(fgets(text, sizeof text, pipe) != nullptr);
  CHECK(pclose(pipe) != 0);
  CHECK(std::string(text).find("another retz-exec serves") != std::string::npos);
}
