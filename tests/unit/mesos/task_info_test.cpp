#include <memory>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "mesos/task_info.hpp"

using namespace retz;
using namespace retz::mesos;
using nlohmann::json;
using std::chrono::seconds;

namespace {

struct Given {
  JobSpec job;
  Application application;
  Launch launch;
  FrameworkOptions options;

  Given() {
    job.user = "alice";
    job.command = "make all";
    launch.attempt = {JobId{7}, 2};
    launch.grace_period = seconds(9);
    launch.placement.amounts = {1500, 64, 0, {}};
  }

  json info() {
    launch.job = std::make_shared<const JobSpec>(job);
    launch.application = std::make_shared<const Application>(application);
    const auto made = task_info(launch, options, {"7-2-x", "S1", R"([{"name":"cpus"}])"});
    REQUIRE(made);
    return json::parse(*made);
  }
  std::string variable(const std::string& name) {
    const json described = info();
    for (const json& variable : described["command"]["environment"]["variables"]) {
      if (variable["name"] == name) return variable["value"];
    }
    return "absent";
  }
};

}  // namespace

TEST_CASE("a task says whose it is, where it runs and when it is to end") {
  Given given;
  given.job.time_limit = seconds(60);
  const json info = given.info();
  CHECK(info["task_id"]["value"] == "7-2-x");
  CHECK(info["agent_id"]["value"] == "S1");
  CHECK(info["resources"].size() == 1);
  CHECK(info["name"] == "7-2-x");
  CHECK(info["kill_policy"]["grace_period"]["nanoseconds"] == 9'000'000'000);
  CHECK(info["max_completion_time"]["nanoseconds"] == 60'000'000'000);
  CHECK(info["labels"]["labels"].dump() ==
        R"([{"key":"retz_job","value":"7"},{"key":"retz_attempt","value":"2"},)"
        R"({"key":"retz_user","value":"alice"}])");
  CHECK(info["command"]["user"] == "nobody");
  CHECK_FALSE(info.contains("container"));
  CHECK_FALSE(info.contains("discovery"));
}

TEST_CASE("a plain command replaces the shell, one with shell syntax is the shell's") {
  Given given;
  CHECK(given.info()["command"]["shell"] == true);
  CHECK(given.info()["command"]["value"] ==
        R"(export RETZ_SANDBOX="${MESOS_SANDBOX:-$PWD}" HOME="${MESOS_SANDBOX:-$PWD}"; )"
        "exec make all");
  given.job.command = "make all && echo $HOME";
  given.job.environment["HOME"] = "/home/alice";
  CHECK(given.info()["command"]["value"] ==
        R"(export RETZ_SANDBOX="${MESOS_SANDBOX:-$PWD}"; make all && echo $HOME)");
}

TEST_CASE("jobs see the variables that they see on one machine") {
  Given given;
  given.job.environment = {{"MINE", "a b"}, {"RETZ_JOB_ID", "0"}, {"LANG", "de"}};
  given.job.array = ArrayPlace{};
  given.job.array->index = 3;
  given.launch.placement.ports = {31005, 31009};
  CHECK(given.variable("MINE") == "a b");
  CHECK(given.variable("LANG") == "de");
  CHECK(given.variable("RETZ_JOB_ID") == "7");
  CHECK(given.variable("RETZ_ATTEMPT") == "2");
  CHECK(given.variable("RETZ_CPUS") == "1.5");
  CHECK(given.variable("RETZ_MEM_MIB") == "64");
  CHECK(given.variable("RETZ_ARRAY_INDEX") == "3");
  CHECK(given.variable("PORT0") == "31005");
  CHECK(given.variable("PORT1") == "31009");
  CHECK(given.variable("PATH") == "/usr/local/bin:/usr/bin:/bin");
}

TEST_CASE("ports are published") {
  Given given;
  given.job.name = "web";
  given.launch.placement.ports = {31005};
  const json info = given.info();
  CHECK(info["name"] == "web");
  CHECK(info["discovery"]["name"] == "web");
  CHECK(info["discovery"]["ports"]["ports"].dump() ==
        R"([{"name":"port0","number":31005,"protocol":"tcp"}])");
}

TEST_CASE("the application's files are fetched by the agent") {
  Given given;
  given.application.files = {{.uri = "http://h/a.tar.gz", .cache = true},
                             {.uri = "/srv/run.sh", .executable = true, .extract = true}};
  CHECK(given.info()["command"]["uris"].dump() ==
        R"([{"cache":true,"executable":false,"extract":true,"value":"http://h/a.tar.gz"},)"
        R"({"cache":false,"executable":true,"extract":false,"value":"/srv/run.sh"}])");
}

TEST_CASE("an image runs in the containerizer that the options name, without a shell if it can") {
  Given given;
  given.application.container_image = "debian:12";
  CHECK(given.info()["container"]["type"] == "MESOS");
  CHECK(given.info()["container"]["mesos"]["image"]["docker"]["name"] == "debian:12");
  CHECK(given.info()["command"]["shell"] == false);
  CHECK(given.info()["command"]["arguments"].dump() == R"(["make","all"])");
  CHECK(given.variable("PATH") == "absent");
  given.options.containerizer = Containerizer::docker;
  CHECK(given.info()["container"]["type"] == "DOCKER");
  CHECK(given.info()["container"]["docker"]["image"] == "debian:12");
  CHECK(given.info()["container"]["docker"]["parameters"].dump() ==
        R"([{"key":"entrypoint","value":"make"}])");
  CHECK(given.info()["command"]["arguments"].dump() == R"(["all"])");
  CHECK_FALSE(given.info()["command"].contains("value"));
  given.job.command = "make all; true";
  CHECK(given.info()["command"]["shell"] == true);
  CHECK_FALSE(given.info()["container"]["docker"].contains("parameters"));
}

TEST_CASE("with retz-exec on the agents commands are confined by it") {
  Given given;
  given.options.exec_program = "/opt/retz exec";
  const std::string prefix =
      R"(export RETZ_SANDBOX="${MESOS_SANDBOX:-$PWD}" HOME="${MESOS_SANDBOX:-$PWD}"; )"
      "exec '/opt/retz exec' run --cpus 1.5 --mem 64 --grace 9 -- ";
  CHECK(given.info()["command"]["value"] == prefix + "make all");
  given.job.command = "echo 'it is'";
  CHECK(given.info()["command"]["value"] == prefix + R"(/bin/sh -c 'echo '\''it is'\''')");
}

TEST_CASE("who may not be root is not") {
  Given given;
  given.application.unix_user = "root";
  given.launch.job = std::make_shared<const JobSpec>(given.job);
  given.launch.application = std::make_shared<const Application>(given.application);
  CHECK_FALSE(task_info(given.launch, given.options, {}));
  given.options.allow_root = true;
  CHECK(given.info()["command"]["user"] == "root");
}

TEST_CASE("text that is not UTF-8 does not stop a launch") {
  Given given;
  given.job.environment["BYTES"] = "a\xff";
  CHECK(given.variable("BYTES") == "a\xef\xbf\xbd");
}
