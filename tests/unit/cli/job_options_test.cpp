// From options to the JSON of a job.
#include "cli/job_options.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "retz/json.hpp"

using namespace retz::cli;
using Json = nlohmann::json;

namespace {

/// As `retz-client schedule ...` would read them.
retz::Result<Json> read(std::vector<std::string> arguments) {
  JobOptions options;
  CLI::App app{"test", "test"};
  add_job_options(app, options);
  REQUIRE(parse_arguments(app, with_two_dashes(std::move(arguments))) == -1);
  return job_json(options);
}

}  // namespace

TEST_CASE("only what was given is sent") {
  const auto job = read({"-A", "a", "-c", "true"});
  REQUIRE(job);
  CHECK(*job == Json{{"application", "a"}, {"command", "true"}});
}

TEST_CASE("the original's spellings are understood, numbers below zero too") {
  const auto job =
      read({"--appname", "a",     "-cmd",   "sleep 1", "-cpu",   "1.5", "-mem",  "2GiB",
            "-gpu",      "1",     "-ports", "2",       "-prio",  "-3",  "-name", "n",
            "-E",        "A=1=2", "-E",     "B=",      "--tags", "x,y", "-tag",  "z"});
  REQUIRE(job);
  CHECK(job->at("command") == "sleep 1");
  CHECK(job->at("resources") ==
        Json{{"cpus", 1.5}, {"mem", 2048}, {"gpus", {{"devices", 1}}}, {"ports", 2}});
  CHECK(job->at("priority") == -3);
  CHECK(job->at("environment") == Json{{"A", "1=2"}, {"B", ""}});
  CHECK(job->at("tags") == Json{"x", "y", "z"});
}

TEST_CASE("what the options make is a job that the server's reader takes") {
  const auto job = read({"-A",
                         "a",
                         "--cpu",
                         "0.25",
                         "--custom",
                         "licences=2",
                         "--gpu-share",
                         "0.5",
                         "--gpu-model",
                         "H100,H200",
                         "--estimate",
                         "1.5m",
                         "--time-limit",
                         "1h",
                         "--grace-period",
                         "250ms",
                         "--max-attempts",
                         "3",
                         "--retry-on",
                         "exit,time_out",
                         "--backoff",
                         "2s",
                         "--",
                         "echo",
                         "hello world"});
  REQUIRE(job);
  CHECK(job->at("command") == "echo 'hello world'");
  CHECK(job->at("estimate") == 90);
  const auto spec = retz::job_spec_from_json(job->dump());
  REQUIRE_MESSAGE(spec, (spec ? "" : spec.error().message));
  CHECK(spec->request.amounts.cpus == 250);
  CHECK(spec->retry.max_attempts == 3);
  CHECK(spec->retry.on_time_out);
}

TEST_CASE("a value that cannot be is an error that names its option") {
  CHECK(read({"--cpu", "many"}).error().field == "--cpu");
  CHECK(read({"--cpu", "inf"}).error().field == "--cpu");
  CHECK(read({"--mem", "2 apples"}).error().field == "--mem");
  CHECK(read({"--ports", "1.5"}).error().field == "--ports");
  CHECK(read({"-E", "novalue"}).error().field == "--env");
  CHECK(read({"--custom", "=1"}).error().field == "--custom");
  CHECK(read({"--time-limit", "soon"}).error().field == "--time-limit");
  CHECK(read({"-c", "a", "b"}).error().field == "--command");
}

TEST_CASE("words are quoted so that a shell reads back the same words") {
  CHECK(shell_line({"echo", "a b", "it's", "", "$x", "--k=v"}) ==
        "echo 'a b' 'it'\\''s' '' '$x' --k=v");
}

TEST_CASE("one-dash words get their second dash only before --") {
  CHECK(with_two_dashes({"-cpu", "-cpu=2", "-c", "--", "-cpu"}) ==
        std::vector<std::string>{"--cpu", "--cpu=2", "-c", "--", "-cpu"});
}

TEST_CASE("constraints, preference, spread, dependencies and arrays become fields of the job") {
  const auto job =
      read({"-A",           "a",          "-c",       "true",      "--constraint", "rack=r1",
            "--constraint", "zone!=z2",   "--prefer", "disk~ssd*", "--prefer-for", "10m",
            "--spread",     "rack:web:2", "--after",  "17",        "--after",      "18:end",
            "--array",      "1-100%10",   "--gpus",   "all"});
  REQUIRE_MESSAGE(job, (job ? "" : job.error().message));
  CHECK(job->at("constraints") == Json{"rack=r1", "zone!=z2"});
  CHECK(job->at("prefer") == Json{{"constraints", {"disk~ssd*"}}, {"for", 600.0}});
  CHECK(job->at("spread") == Json{{"attribute", "rack"}, {"group", "web"}, {"skew", 2}});
  CHECK(job->at("after").at(1) == Json{{"job", 18}, {"when", "end"}});
  CHECK(job->at("resources").at("gpus").at("all") == true);
  const auto spec = retz::job_spec_from_json(job->dump());
  REQUIRE_MESSAGE(spec, (spec ? "" : spec.error().message));
  CHECK(spec->array->running_max == 10);
  CHECK(spec->dependencies.size() == 2);
}

TEST_CASE("what is wrong with a condition names its option") {
  const auto option = [](const std::string& name, const std::string& value) {
    const auto job = read({"-A", "a", "-c", "true", name, value});
    REQUIRE_FALSE(job);
    return job.error().field;
  };
  CHECK(option("--constraint", "rack") == "--constraint");
  CHECK(option("--prefer", "rack") == "--prefer");
  CHECK(option("--prefer-for", "10") == "--prefer-for");
  CHECK(option("--spread", "rack") == "--spread");
  CHECK(option("--spread", "rack:g:x") == "--spread");
  CHECK(option("--after", "17:later") == "--after");
  CHECK(option("--after", "x") == "--after");
  CHECK(option("--after-array", "x") == "--after-array");
  CHECK(option("--array", "10") == "--array");
}
