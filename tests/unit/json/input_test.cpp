// What users write: what is taken, and how what is wrong is answered.
#include <doctest/doctest.h>

#include <string>

#include "retz/json.hpp"

using namespace retz;

namespace {

std::string job(const std::string& more) {
  return R"({"application":"app","command":"true")" + (more.empty() ? "" : "," + more) + "}";
}

Error refused(const std::string& text) {
  const Result<JobSpec> spec = job_spec_from_json(text);
  REQUIRE_MESSAGE(!spec, text);
  CHECK(spec.error().code == Errc::invalid_argument);
  return spec.error();
}

bool says(const Error& error, const std::string& words) {
  return error.message.find(words) != std::string::npos;
}

JobSpec taken(const std::string& text) {
  Result<JobSpec> spec = job_spec_from_json(text);
  REQUIRE_MESSAGE(spec, (spec ? "" : spec.error().message));
  return *spec;
}

}  // namespace

TEST_CASE("a job needs a command and an application, the rest has defaults") {
  const JobSpec spec = taken(job(""));
  CHECK(spec.application == "app");
  CHECK(spec.command == "true");
  CHECK(spec.request.amounts.cpus == 1000);
  CHECK(spec.request.amounts.mem == 32);
  CHECK(spec.request.amounts.disk == 32);
  CHECK(spec.retry == RetryPolicy{});
  CHECK(!spec.estimate);
  CHECK(refused(R"({"application":"a"})").field == "command");
  CHECK(refused(R"({"command":"a"})").field == "application");
  CHECK(refused(R"({"application":"a","command":" \n"})").field == "command");
}

TEST_CASE("every field of a job is taken as written") {
  const JobSpec spec = taken(job(R"(
    "name":"größe","tags":["b","a","b"],"environment":{"A_1":"x\ny"},
    "resources":{"cpus":0.125,"mem":"2GiB","disk":1e3,"ports":2,
                 "gpus":{"share":0.5,"models":["H200"]},"custom":{"licences":1.5,"zero":0}},
    "priority":-20,"estimate":"1.5m","time_limit":90,"grace_period":0.25,
    "retry":{"max_attempts":3,"on":["exit","time_out"],"backoff":"250ms","backoff_max":"2h"})"));
  CHECK(spec.name == "größe");
  CHECK(spec.tags == std::vector<std::string>{"a", "b"});
  CHECK(spec.environment.at("A_1") == "x\ny");
  CHECK(spec.request.amounts.cpus == 125);
  CHECK(spec.request.amounts.mem == 2048);
  CHECK(spec.request.amounts.disk == 1000);
  CHECK(spec.request.ports == 2);
  CHECK(spec.request.gpus == GpuRequest{0, 500, {"H200"}});
  CHECK(spec.request.amounts.custom == std::vector<CustomAmount>{{"licences", 1500}});
  CHECK(spec.priority == -20);
  CHECK(spec.estimate == Duration(90'000'000));
  CHECK(spec.time_limit == Duration(90'000'000));
  CHECK(spec.grace_period == Duration(250'000));
  CHECK(spec.retry.max_attempts == 3);
  CHECK(spec.retry.on_exit);
  CHECK(spec.retry.on_time_out);
  CHECK(!spec.retry.on_system_failure);
  CHECK(spec.retry.backoff == Duration(250'000));
  CHECK(spec.retry.backoff_max == Duration(7'200'000'000));
}

TEST_CASE("an unknown field is named, with the nearest known one") {
  Error error = refused(job(R"("comand":"x")"));
  CHECK(error.field == "comand");
  CHECK(says(error, "did you mean \"command\"?"));
  error = refused(job(R"("resources":{"cpu":1})"));
  CHECK(error.field == "resources.cpu");
  CHECK(says(error, "resources.cpu is not a field; did you mean \"cpus\"?"));
  error = refused(job(R"("resources":{"wheels":4})"));
  CHECK(says(error, "known ones are: cpus, mem, disk, ports, gpus, custom"));
  CHECK(says(refused(job(R"("id":7)")), "set by the server"));
  CHECK(refused(job(R"("user":"bob")")).field == "user");
}

TEST_CASE("amounts are exact and refused where they cannot be") {
  CHECK(taken(job(R"("resources":{"cpus":0.1})")).request.amounts.cpus == 100);
  CHECK(taken(job(R"("resources":{"cpus":1.5000})")).request.amounts.cpus == 1500);
  CHECK(taken(job(R"("resources":{"cpus":12.5e-1})")).request.amounts.cpus == 1250);
  CHECK(taken(job(R"("resources":{"mem":"1.5GiB"})")).request.amounts.mem == 1536);
  Error error = refused(job(R"("resources":{"cpus":0.1234})"));
  CHECK(error.field == "resources.cpus");
  CHECK(says(error, "at most 3 decimals, not 0.1234"));
  for (const char* cpus : {"0", "-1", "1e300", "1000001", "99999999999999999999", "\"2\"", "null",
                           "true", "[]", "{}", "1e-400"}) {
    CAPTURE(cpus);
    CHECK(refused(job(R"("resources":{"cpus":)" + std::string(cpus) + "}")).field ==
          "resources.cpus");
  }
  for (const char* mem : {"0", "-1", "0.5", "\"2GB\"", "\"\"", "\"MiB\"", "\"1.0001GiB\"",
                          "\"9999999999TiB\"", "1e18"}) {
    CAPTURE(mem);
    error = refused(job(R"("resources":{"mem":)" + std::string(mem) + "}"));
    CHECK(error.field == "resources.mem");
    CHECK(says(error, "4GiB"));
  }
}

TEST_CASE("gpus are whole devices or a share of one") {
  CHECK(taken(job(R"("resources":{"gpus":2})")).request.gpus.devices == 2);
  CHECK(taken(job(R"("resources":{"gpus":{"devices":2}})")).request.gpus.devices == 2);
  CHECK(says(refused(job(R"("resources":{"gpus":0.5})")), "{\"share\": 0.5}"));
  CHECK(refused(job(R"("resources":{"gpus":{"devices":1,"share":0.5}})")).field ==
        "resources.gpus");
  CHECK(refused(job(R"("resources":{"gpus":{"share":1}})")).field == "resources.gpus.share");
  CHECK(refused(job(R"("resources":{"gpus":{"models":["a"]}})")).field == "resources.gpus");
}

TEST_CASE("names, tags and variables are held to their character sets and lengths") {
  const auto named = [](const std::string& name) {
    return R"({"command":"true","application":")" + name + "\"}";
  };
  CHECK(taken(named(std::string(32, 'a'))).application.size() == 32);
  CHECK(refused(named(std::string(33, 'a'))).field == "application");
  CHECK(refused(named("a b")).field == "application");
  CHECK(refused(job(R"("name":"a\nb")")).field == "name");
  CHECK(refused(job(R"("tags":["ok",""])")).field == "tags[1]");
  CHECK(refused(job(R"("tags":"one")")).field == "tags");
  CHECK(refused(job(R"("tags":[")" + std::string(65, 'x') + "\"]")).field == "tags[0]");
  std::string tags;
  for (int i = 0; i < 65; ++i) {
    tags += (i == 0 ? "\"t" : ",\"t") + std::to_string(i) + "\"";
  }
  CHECK(says(refused(job("\"tags\":[" + tags + "]")), "at most 64 entries, not 65"));
  CHECK(refused(job(R"("environment":{"1A":"x"})")).field == "environment.1A");
  CHECK(refused(job(R"("environment":{"A":1})")).field == "environment.A");
  CHECK(refused(job(R"("environment":{"A":"x\u0000"})")).field == "environment.A");
}

TEST_CASE("a command has no NUL and fits into one argument of the system") {
  const auto command = [](const std::string& text) {
    return R"({"application":"a","command":")" + text + "\"}";
  };
  CHECK(taken(command(std::string(131'071, 'x'))).command.size() == 131'071);
  CHECK(refused(command(std::string(131'072, 'x'))).field == "command");
  CHECK(refused(command("a\\u0000b")).field == "command");
}

TEST_CASE("durations are positive, exact to the microsecond and at most ten years") {
  for (const char* text : {"0", "-1", "\"\"", "\"s\"", "\"5 s\"", "\"4000d\"", "1e30", "0.0000001",
                           "\"1w\"", "true"}) {
    CAPTURE(text);
    CHECK(refused(job("\"time_limit\":" + std::string(text))).field == "time_limit");
    CHECK(refused(job("\"estimate\":" + std::string(text))).field == "estimate");
  }
  CHECK(taken(job(R"("grace_period":0)")).grace_period == Duration(0));
  CHECK(!taken(job(R"("time_limit":null)")).time_limit);
  CHECK(taken(job(R"("time_limit":0.000001)")).time_limit == Duration(1));
}

TEST_CASE("priority and tries stay within their range") {
  CHECK(taken(job(R"("priority":19)")).priority == 19);
  CHECK(says(refused(job(R"("priority":20)")), "from -20 to 19, not 20"));
  CHECK(refused(job(R"("priority":1.5)")).field == "priority");
  CHECK(refused(job(R"("retry":{"max_attempts":0})")).field == "retry.max_attempts");
  CHECK(refused(job(R"("retry":{"max_attempts":1001})")).field == "retry.max_attempts");
  CHECK(refused(job(R"("retry":{"on":["exits"]})")).field == "retry.on[0]");
}

TEST_CASE("a batch names the field of the job that is wrong") {
  const auto one = job_specs_from_json(job(""));
  REQUIRE(one);
  CHECK(one->size() == 1);
  const auto two = job_specs_from_json("{\"jobs\":[" + job("") + "," + job("") + "]}");
  REQUIRE(two);
  CHECK(two->size() == 2);
  const auto wrong =
      job_specs_from_json("{\"jobs\":[" + job("") + "," + R"({"application":"a","command":7}]})");
  REQUIRE(!wrong);
  CHECK(wrong.error().field == "jobs[1].command");
  CHECK(job_specs_from_json(R"({"jobs":[]})").error().field == "jobs");
  CHECK(job_specs_from_json(R"({"jobs":[],"name":"x"})").error().field == "name");
  CHECK(job_specs_from_json(R"({"jobs":7})").error().field == "jobs");
  CHECK(job_specs_from_json("{\"jobs\":[7]}").error().field == "jobs[0]");
}

TEST_CASE("what is not JSON, not UTF-8, doubled or too deep is refused") {
  CHECK(says(refused("{"), "not valid JSON"));
  CHECK(says(refused("{"), "line 1"));
  for (const std::string& text :
       {std::string(), std::string("[1,]"), std::string("{} x"), std::string("NaN"),
        std::string("{\"command\":\"\xC3\x28\"}"), std::string("\xEF\xBB\xBF"),
        std::string("{\"command\":\"\xED\xA0\x80\"}"), std::string("{'a':1}"),
        std::string(100'000, '['), std::string("null"), std::string("[]"),
        std::string("{\"command\":\"\\ud800\"}")}) {
    refused(text);
  }
  CHECK(says(refused(std::string(1000, '[')), "nested more than 32 levels"));
  CHECK(says(refused(R"({"command":"a","command":"b"})"), "given twice"));
  CHECK(refused(job(R"("environment":{"A":"1","A":"2"})")).field == "environment.A");
  CHECK(refused(job(R"("resources":{"custom":{"a":1,"a":2}})")).field == "resources.custom.a");
}

TEST_CASE("an application is taken as written, a file may be its address alone") {
  const auto app = application_from_json(R"({"name":"a.b-c","owner":"key","unix_user":"nobody",
    "files":["/data/x.tar.gz",{"uri":"https://host/x","executable":true,"extract":false,
    "cache":true}],"container_image":"docker.io/library/debian:12","grace_period":"1m",
    "enabled":false})");
  REQUIRE(app);
  CHECK(app->files.size() == 2);
  CHECK(app->files[0] == FetchItem{"/data/x.tar.gz", false, true, false});
  CHECK(app->files[1] == FetchItem{"https://host/x", true, false, true});
  CHECK(app->grace_period == std::chrono::minutes(1));
  CHECK(!app->enabled);
  const auto field = [](const std::string& text) {
    const auto wrong = application_from_json(text);
    REQUIRE_MESSAGE(!wrong, text);
    return wrong.error().field;
  };
  CHECK(field(R"({"name":""})") == "name");
  CHECK(field(R"({"name":"ä"})") == "name");
  CHECK(field(R"({"files":["x"]})") == "files[0]");
  CHECK(field(R"({"files":["ftp://x/y"]})") == "files[0]");
  CHECK(field(R"({"files":[{"executable":true}]})") == "files[0].uri");
  CHECK(field(R"({"files":[{"url":"/x"}]})") == "files[0].url");
  CHECK(field(R"({"unix_user":"a b"})") == "unix_user");
  CHECK(field(R"({"enabled":1})") == "enabled");
  CHECK(field(R"({"container_image":"a b"})") == "container_image");
}
