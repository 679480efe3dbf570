// Jobs through the whole local cluster: real processes, real cgroups.
#include "cluster_fixture.hpp"

using namespace retz;
using retz::test::eventually;
using retz::test::Host;

namespace {

bool process_exists(pid_t pid) {
  return kill(pid, 0) == 0 || errno != ESRCH;
}

pid_t pid_in(const retz::test::fs::path& file) {
  REQUIRE(eventually([&] { return !retz::test::contents(file).empty(); }));
  return std::stoi(retz::test::contents(file));
}

}  // namespace

TEST_CASE("opening grants one standing lease with the capacity of the machine") {
  LocalOptions options;
  options.cpus = 3000;
  Host host(options);
  const auto leases = host.inbox.all<LeaseGranted>();
  REQUIRE(leases.size() == 1);
  CHECK(leases[0].node == "local");
  CHECK(leases[0].kind == LeaseKind::standing);
  CHECK(leases[0].capacity.amounts.cpus == 3000);
  CHECK(leases[0].capacity.amounts.mem > 0);
  CHECK(leases[0].capacity.amounts.disk > 0);
}

TEST_CASE("exit codes, output, reports and confinement come back") {
  Host host;
  const auto good = host.order("echo hello");
  const auto end = host.run(good);
  CHECK(succeeded(end.outcome));
  CHECK(end.usage.max_memory > 0);
  CHECK(host.out(good.attempt) == "hello\n");
  REQUIRE(host.runs(good.attempt));
  CHECK(!host.inbox.all<AttemptRunning>().at(0).confinement.empty());

  const auto bad = host.run(host.order("echo oops >&2; exit 7"));
  CHECK(bad.outcome == Outcome{OutcomeKind::exited, 7, 0, ""});
  const auto missing = host.run(host.order("no-such-program --flag"));
  CHECK(missing.outcome.kind == OutcomeKind::exited);
  CHECK(missing.outcome.exit_code == 127);
  CHECK(missing.outcome.reason.find("not found") != std::string::npos);
  const auto forbidden = host.run(host.order("/etc/passwd"));
  CHECK(forbidden.outcome.exit_code == 126);
  const auto signaled = host.run(host.order("kill -USR1 $$"));
  CHECK(signaled.outcome.kind == OutcomeKind::signaled);
  CHECK(signaled.outcome.signal == SIGUSR1);
}

TEST_CASE("a job gets its environment, its ports and nothing of the server's") {
  setenv("SECRET_OF_THE_SERVER", "x", 1);
  Host host;
  auto launch = host.order("env");
  launch.placement.amounts.cpus = 1500;
  launch.placement.ports = {31005, 31009};
  Host::edit(launch, [](JobSpec& job) {
    job.environment = {{"MINE", "a b=c"}, {"RETZ_JOB_ID", "999"}};
  });
  REQUIRE(succeeded(host.run(launch).outcome));
  const std::string out = "\n" + host.out(launch.attempt);
  for (const std::string line : {"MINE=a b=c", "RETZ_JOB_ID=1", "RETZ_ATTEMPT=1", "RETZ_CPUS=1.5",
                                 "RETZ_MEM_MIB=64", "PORT0=31005", "PORT1=31009", "USER=nobody"}) {
    CHECK_MESSAGE(out.find("\n" + line + "\n") != std::string::npos, line, " in ", out);
  }
  CHECK(out.find("\nHOME=" + host.box(launch.attempt).string() + "\n") != std::string::npos);
  CHECK(out.find("SECRET_OF_THE_SERVER") == std::string::npos);
}

TEST_CASE("a job runs in its sandbox, as its user, with three streams, no ignored signals") {
  Host host;
  const auto launch = host.order(
      "pwd; id -un; umask; ls -l /proc/self/fd | grep -c /proc; readlink /proc/self/fd/0; "
      "grep -E 'Sig(Blk|Ign)' /proc/self/status; touch mine");
  REQUIRE(succeeded(host.run(launch).outcome));
  const std::string out = host.out(launch.attempt);
  CHECK(out.find(host.box(launch.attempt).string() + "\nnobody\n0022\n1\n/dev/null\n") == 0);
  CHECK_MESSAGE(
      out.find("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") != std::string::npos, out);
}

TEST_CASE("users: unknown ones and root are refused, with the reason") {
  Host host;
  auto launch = host.order("true");
  Host::edit_application(launch, [](Application& a) { a.unix_user = "no-such-user"; });
  auto end = host.run(launch);
  CHECK(end.outcome.kind == OutcomeKind::cannot_launch);
  CHECK(end.outcome.reason.find("no-such-user") != std::string::npos);
  launch = host.order("true");
  Host::edit_application(launch, [](Application& a) { a.unix_user = "root"; });
  CHECK(host.run(launch).outcome.kind == OutcomeKind::cannot_launch);

  LocalOptions options;
  options.allow_root = true;
  Host lenient(options);
  launch = lenient.order("id -u");
  Host::edit_application(launch, [](Application& a) { a.unix_user = "root"; });
  REQUIRE(succeeded(lenient.run(launch).outcome));
  CHECK(lenient.out(launch.attempt) == "0\n");
}

TEST_CASE("a container image is never ignored") {
  Host host;
  auto launch = host.order("true");
  Host::edit_application(launch, [](Application& a) { a.container_image = "debian:12"; });
  const auto end = host.run(launch);
  CHECK(end.outcome.kind == OutcomeKind::cannot_launch);
  CHECK(end.outcome.reason.find("debian:12") != std::string::npos);
  CHECK(!host.runs(launch.attempt));
}

TEST_CASE("a time limit ends a job with TERM where it listens, with KILL where it does not") {
  Host host;
  auto polite = host.order("trap 'echo bye; exit 3' TERM; while :; do sleep 0.01; done");
  Host::edit(polite, [](JobSpec& job) { job.time_limit = std::chrono::milliseconds(300); });
  auto end = host.run(polite);
  CHECK(end.outcome.kind == OutcomeKind::timed_out);
  CHECK(host.out(polite.attempt) == "bye\n");

  auto stubborn = host.order("trap '' TERM; while :; do sleep 0.01; done");
  stubborn.grace_period = std::chrono::milliseconds(200);
  Host::edit(stubborn, [](JobSpec& job) { job.time_limit = std::chrono::milliseconds(200); });
  end = host.run(stubborn);
  CHECK(end.outcome.kind == OutcomeKind::timed_out);
  CHECK(end.outcome.signal == SIGKILL);
}

TEST_CASE("stop ends the whole tree, daemons that left the session included") {
  Host host;
  const auto launch = host.order(
      "setsid sh -c 'trap \"\" TERM; echo $$ > daemon; while :; do sleep 0.05; done' & "
      "echo $$ > main; wait");
  host.give(launch);
  const pid_t daemon = pid_in(host.box(launch.attempt) / "daemon");
  const pid_t main = pid_in(host.box(launch.attempt) / "main");
  host.give(StopAttempt{launch.attempt, std::chrono::milliseconds(200)});
  host.give(StopAttempt{launch.attempt, std::chrono::milliseconds(200)});
  const auto end = host.await(launch.attempt);
  CHECK(end.outcome.kind == OutcomeKind::killed);
  CHECK(!process_exists(daemon));
  CHECK(!process_exists(main));
}

TEST_CASE("what a job leaves behind is ended before its end is told") {
  Host host;
  const auto launch =
      host.order("setsid sleep 1000 & echo $! > left; (setsid sleep 1000 &) ; exit 0");
  REQUIRE(succeeded(host.run(launch).outcome));
  CHECK(!process_exists(pid_in(host.box(launch.attempt) / "left")));
}

TEST_CASE("a memory overrun is told as such, also where the shell survives it") {
  Host host;
  const std::string eat = "python3 -c 'x = bytearray(300 << 20)'";
  const auto direct = host.run(host.order(eat));
  CHECK(direct.outcome.kind == OutcomeKind::out_of_memory);
  CHECK(direct.outcome.reason.find("64 MiB") != std::string::npos);
  CHECK(host.run(host.order(eat + "; exit 5")).outcome.kind == OutcomeKind::out_of_memory);
  const auto survived = host.run(host.order(eat + "; exit 0"));
  CHECK(succeeded(survived.outcome));
  CHECK(!survived.outcome.reason.empty());
}

TEST_CASE("a launch given twice runs once") {
  Host host;
  const auto launch = host.order("echo once >> count");
  host.give(launch);
  host.give(launch);
  host.await(launch.attempt);
  host.give(launch);
  const auto other = host.order("true");
  host.run(other);
  CHECK(retz::test::contents(host.box(launch.attempt) / "count") == "once\n");
  CHECK(host.inbox.all<AttemptEnded>().size() == 2);
}
