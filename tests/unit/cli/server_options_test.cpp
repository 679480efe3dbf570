// What retz-server is told.
#include "cli/server_options.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "scratch.hpp"

using namespace retz::cli;
using retz::Errc;

namespace {

retz::Result<ServerSettings> from_file(const std::string& text, ServerArguments arguments = {}) {
  const Scratch scratch;
  std::ofstream(scratch / "p") << text;
  arguments.config = (scratch / "p").string();
  return server_settings(arguments);
}

void check_error(const std::string& text, const std::string& key, const std::string& fix) {
  const auto settings = from_file(text);
  REQUIRE_FALSE(settings);
  CHECK(settings.error().code == Errc::invalid_argument);
  CHECK_MESSAGE(settings.error().message.find(key) != std::string::npos, settings.error().message);
  CHECK_MESSAGE(settings.error().message.find(fix) != std::string::npos, settings.error().message);
}

}  // namespace

TEST_CASE("without arguments the server is local, on the loopback address, without limits") {
  const auto settings = server_settings({});
  REQUIRE(settings);
  CHECK(settings->host == "127.0.0.1");
  CHECK(settings->port == 9090);
  CHECK_FALSE(settings->engine.limits.cpus);
  CHECK(settings->engine.limits.closed_cluster);
  CHECK(settings->warnings.empty());
}

TEST_CASE("properties are read, and options go before them") {
  const auto settings = from_file(
      "retz.bind = http://127.0.0.2:8080/\nretz.max.cpus = 1.5\nretz.max.mem = 2GiB\n"
      "retz.max.running = 7\nretz.local.cpus = 4\nretz.local.ports = 100-200\n"
      "retz.local.fetch.max = 1GiB\nretz.local.fetch.time.max = 5m\n",
      {.config = {}, .mode = "local", .data = "/d", .bind = "localhost:0", .cpus = "2", .mem = {}});
  REQUIRE(settings);
  CHECK(settings->host == "localhost");
  CHECK(settings->port == 0);
  CHECK(settings->data == "/d");
  CHECK(settings->engine.limits.cpus == 1500);
  CHECK(settings->engine.limits.mem == 2048);
  CHECK(settings->engine.limits.running == 7);
  CHECK(settings->local.cpus == 2000);
  CHECK(settings->local.ports.first == 100);
  CHECK(settings->local.fetch_max == 1024);
  CHECK(settings->local.fetch_time_max == std::chrono::minutes(5));
}

TEST_CASE("Retz 0.5's planner names tell ordering and planner") {
  const auto settings = from_file("retz.planner.name = priority2\n");
  REQUIRE(settings);
  CHECK(settings->engine.policy.ordering->name() == "priority");
  CHECK(settings->engine.policy.planner->name() == "strict");
  const auto ours = from_file("retz.planner.name = first_fit\nretz.ordering = priority\n");
  REQUIRE(ours);
  CHECK(ours->engine.policy.planner->name() == "first_fit");
  CHECK(ours->engine.policy.ordering->name() == "priority");
}

TEST_CASE("errors name the key, its place, and what would be right") {
  check_error("\nretz.bind = nowhere\n", ":2: retz.bind", "http://HOST:PORT");
  check_error("retz.bind = http://h:70000\n", "retz.bind", "http://HOST:PORT");
  check_error("retz.max.cpus = lots\n", "retz.max.cpus", "a number of cpus");
  check_error("retz.max.running = 0\n", "retz.max.running", "from 1 to");
  check_error("retz.authentication = yes\n", "retz.authentication", "true or false");
  check_error("retz.planner.name = frist_fit\n", "retz.planner.name", "did you mean \"first_fit\"");
  check_error("retz.ordering = tallest\n", "retz.ordering", "fifo");
  check_error("retz.fit = tight\n", "retz.fit", "best");
  check_error("retz.local.ports = 5\n", "retz.local.ports", "31000-31999");
  check_error("retz.local.fetch.time.max = soon\n", "retz.local.fetch.time.max", "a duration");
  check_error("retz.user = root\n", "retz.user", "other than root");
  check_error("retz.user = no-such-user-here\n", "retz.user", "a unix user");
  const auto option =
      server_settings({.config = {}, .mode = {}, .data = {}, .bind = {}, .cpus = "x", .mem = {}});
  REQUIRE_FALSE(option);
  CHECK(option.error().message.starts_with("--cpus is \"x\""));
}

TEST_CASE("the mode decides; without it an address of masters means mesos, else it is local") {
  const auto with = [](const std::string& text, const std::string& mode = {},
                       const std::string& mesos = {}) {
    ServerArguments arguments;
    arguments.mode = mode;
    arguments.mesos = mesos;
    const auto settings = from_file(text, arguments);
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
    return settings->mesos ? settings->mesos->masters : "local";
  };
  CHECK(with("") == "local");
  CHECK(with("retz.mesos = m:5050\n") == "m:5050");
  CHECK(with("retz.mesos = m:5050\nretz.mode = local\n") == "local");
  CHECK(with("retz.mesos = m:5050\n", "local") == "local");
  CHECK(with("retz.mode = local\nretz.mesos = m:5050\n", "mesos") == "m:5050");
  CHECK(with("retz.mesos = m:5050\n", {}, "n:5051,o:5052") == "n:5051,o:5052");
  CHECK(with("", "mesos", "zk://a,b/mesos") == "zk://a,b/mesos");
  check_error("retz.mode = remote\n", "retz.mode", "local or mesos");
  const auto open_ended = from_file("retz.mesos = m:5050\nretz.user = not-on-this-machine\n");
  REQUIRE(open_ended);
  CHECK_FALSE(open_ended->engine.limits.closed_cluster);
  CHECK(open_ended->mesos->user == "not-on-this-machine");
}

TEST_CASE("what is told of Mesos is read; names and defaults are those of Retz 0.5") {
  const auto plain = from_file("retz.mesos = m:5050\n");
  REQUIRE(plain);
  CHECK(plain->mesos->principal == "retz");
  CHECK(plain->mesos->roles == std::vector<std::string>{"*"});
  CHECK(plain->mesos->failover_timeout == std::chrono::hours(24 * 7));
  CHECK(plain->mesos->connect_timeout == std::chrono::seconds(30));
  CHECK(plain->mesos->unreachable_timeout == std::chrono::minutes(15));
  CHECK(plain->mesos->stock_max == 16);
  CHECK(plain->mesos->stock_time == std::chrono::seconds(10));
  const auto settings = from_file(
      "retz.mesos = m:5050\nretz.mesos.role = batch, eng/night\nretz.mesos.principal = p\n"
      "retz.mesos.framework = retz-2\nretz.mesos.failover.timeout = 3600\n"
      "retz.mesos.connect-timeout = 5s\nretz.unreachable.timeout = 1m\nretz.max.stock = 3\n"
      "retz.max.stock-seconds = 2\nretz.mesos.refuse = 3\nretz.mesos.launches-per-agent = 8\n"
      "retz.mesos.containerizer = docker\nretz.mesos.exec = /opt/retz-exec\n");
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
  const retz::MesosOptions& mesos = *settings->mesos;
  CHECK(mesos.roles == std::vector<std::string>{"batch", "eng/night"});
  CHECK(mesos.principal == "p");
  CHECK(mesos.framework_name == "retz-2");
  CHECK(mesos.failover_timeout == std::chrono::hours(1));
  CHECK(mesos.connect_timeout == std::chrono::seconds(5));
  CHECK(mesos.unreachable_timeout == std::chrono::minutes(1));
  CHECK(mesos.stock_max == 3);
  CHECK(mesos.stock_time == std::chrono::seconds(2));
  CHECK(mesos.refuse_time == std::chrono::seconds(3));
  CHECK(mesos.launches_per_agent == 8);
  CHECK(mesos.docker_containerizer);
  CHECK(mesos.exec_program == "/opt/retz-exec");
  CHECK(settings->warnings.empty());
}

TEST_CASE("a malformed address of masters ends the start, naming key and fix") {
  check_error("\nretz.mesos = m\n", ":2: retz.mesos is \"m\"", "write HOST:PORT");
  check_error("retz.mesos = http://m:5050\n", "only zk://", "10.0.0.1:5050");
  check_error("retz.mesos = zk://u:hush@a:1\n", "path", "zk://zk1:2181");
  check_error("retz.mode = mesos\n", "retz.mesos", "no address");
  CHECK(from_file("retz.mesos = zk://u:hush@a:1\n").error().message.find("hush") ==
        std::string::npos);
  check_error("retz.mesos = m:1\nretz.mesos.connect-timeout = 0\n", "retz.mesos.connect-timeout",
              "at least a second");
  check_error("retz.mesos = m:1\nretz.mesos.role = a b\n", "retz.mesos.role", "without blanks");
  check_error("retz.mesos = m:1\nretz.mesos.containerizer = lxc\n", "retz.mesos.containerizer",
              "mesos or docker");
  const auto missing = from_file("retz.mesos = m:1\nretz.mesos.secret.file = /nowhere/secret\n");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);
  check_error("retz.mesos = m:1\nretz.mesos.tls = true\nretz.mesos.tls.ca.file = /dev/null\n",
              "retz.mesos.tls.ca.file", "no certificates");
  const Scratch scratch;
  const auto folder =
      from_file("retz.mesos = m:1\nretz.mesos.secret.file = " + (scratch / ".").string() + "\n");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().code == Errc::not_found);
  std::ofstream(scratch / "token") << "a:b\n";
  check_error("retz.mesos = m:1\nretz.mesos.secret.file = " + (scratch / "token").string() + "\n",
              "retz.mesos.secret.file", "colon");
}

TEST_CASE("unknown keys and keys of other modes are warned about, not fatal") {
  const auto settings = from_file(
      "retz.max.cpu = 1\nretz.mesos = m:5050\nretz.mode = local\nretz.mesos.role = batch\n");
  REQUIRE(settings);
  REQUIRE(settings->warnings.size() == 3);
  CHECK(settings->warnings[0].find("retz.mesos has no effect in local mode") != std::string::npos);
  CHECK(settings->warnings[1].find("retz.mesos.role has no effect") != std::string::npos);
  CHECK(settings->warnings[2].find("did you mean \"retz.max.cpus\"?") != std::string::npos);
  const auto other = from_file("retz.mesos = m:5050\nretz.local.cpus = 2\nretz.gc = true\n");
  REQUIRE(other);
  REQUIRE(other->warnings.size() == 2);
  CHECK(other->warnings[0].find("retz.gc has no effect in mesos mode") != std::string::npos);
  CHECK(other->warnings[1].find("retz.local.cpus has no effect in mesos") != std::string::npos);
}

TEST_CASE("properties tell the whole policy and the attributes of the node") {
  const auto settings = from_file(
      "retz.ordering = priority\nretz.backfill.order = fifo\nretz.fit.rule = worst\n"
      "retz.starvation.bound = 2h\nretz.fair-share.half-life = 1d\n"
      "retz.fair-share.weight.alice = 2.5\nretz.max.user.running = 10\n"
      "retz.max.user.cpus = 8.5\nretz.max.user.queued = 100\n"
      "retz.node.attributes = zone=z2,rack=r1\n");
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
  const retz::Policy& policy = settings->engine.policy;
  CHECK(policy.backfill_order->name() == "fifo");
  CHECK(policy.fit_rule->name() == "worst");
  CHECK(policy.starvation_bound == std::chrono::hours(2));
  CHECK(policy.fair_share.half_life == std::chrono::hours(24));
  CHECK(policy.fair_share.weights.at("alice") == 2.5);
  CHECK(policy.user_limits.running == 10U);
  CHECK(policy.user_limits.running_cpus == 8500);
  CHECK(policy.user_limits.queued == 100U);
  CHECK(settings->local.attributes == std::vector<retz::Attribute>{{"rack", "r1"}, {"zone", "z2"}});
  CHECK(settings->warnings.empty());
}

TEST_CASE("a wrong policy names the key, its place and what would be right") {
  check_error("\nretz.starvation.bound = soon\n", ":2: retz.starvation.bound", "12h");
  check_error("retz.fair-share.weight.alice = 0\n", "retz.fair-share.weight.alice", "above 0");
  check_error("retz.max.user.cpus = -1\n", "retz.max.user.cpus", "a number of cpus");
  check_error("retz.max.user.running = x\n", "retz.max.user.running", "a whole number");
  check_error("retz.fit.rule = tight\n", "retz.fit.rule", "best");
  check_error("retz.backfill.order = tight\n", "retz.backfill.order", "fifo");
  check_error("retz.node.attributes = rack\n", "retz.node.attributes", "rack=r1,zone=z2");
  check_error("retz.node.attributes = a=1,a=2\n", "retz.node.attributes", "given twice");
}
