#include <doctest/doctest.h>

#include <string>

#include "retz/workload.hpp"

using namespace retz;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

WorkloadJob only_job(const std::string& columns, const std::string& line) {
  const auto workload = parse_csv(columns + "\n" + line + "\n");
  REQUIRE_MESSAGE(workload, workload.error().message);
  REQUIRE(workload->jobs.size() == 1);
  return workload->jobs.front();
}

std::string complaint(const std::string& text) {
  const auto workload = parse_csv(text);
  REQUIRE_FALSE(workload);
  CHECK(workload.error().code == Errc::invalid_argument);
  return workload.error().message;
}

}  // namespace

TEST_CASE("columns are taken by name, in any order, and what is left out has its default") {
  const WorkloadJob job = only_job("run,submit", "20.5,3");
  CHECK(job.submit == seconds(3));
  CHECK(job.run == milliseconds(20500));
  CHECK(job.estimate == job.run);
  CHECK(job.number == 1);
  CHECK(job.request.amounts.cpus == 1000);
  CHECK(job.request.amounts.mem == 0);
  CHECK(job.user.empty());
  CHECK_FALSE(job.recorded_start);
}

TEST_CASE("a job of a CSV file may ask for everything") {
  const WorkloadJob job = only_job(
      "submit,run,estimate,cpus,mem,disk,gpus,gpu_models,user,priority,number,start,"
      "custom.rdma",
      "0,10,60,2.5,1024,5,2,V100|A100,\"a, \"\"b\"\"\",-3,77,4.25,0.5");
  CHECK(job.estimate == seconds(60));
  CHECK(job.request.amounts.cpus == 2500);
  CHECK(job.request.amounts.mem == 1024);
  CHECK(job.request.amounts.disk == 5);
  CHECK(job.request.amounts.custom == std::vector<CustomAmount>{{"rdma", 500}});
  CHECK(job.request.gpus.devices == 2);
  CHECK(job.request.gpus.models == std::vector<std::string>{"A100", "V100"});
  CHECK(job.user == "a, \"b\"");
  CHECK(job.priority == -3);
  CHECK(job.number == 77);
  CHECK(job.recorded_start == milliseconds(4250));
  CHECK(only_job("submit,run,gpu_share", "0,1,0.25").request.gpus.share == 250);
}

TEST_CASE("a run longer than its estimate is cut; jobs that never ran are dropped") {
  CHECK(only_job("submit,run,estimate", "0,50,20").run == seconds(20));
  const auto workload = parse_csv("submit,run\n0,0\n-1,5\n0,5\n");
  REQUIRE(workload);
  CHECK(workload->dropped == 2);
  CHECK(workload->jobs.size() == 1);
}

TEST_CASE("jobs wait for others by their numbers") {
  const auto workload = parse_csv("number,submit,run,after\n10,0,1,\n20,0,1,30|10\n30,0,1,\n");
  REQUIRE(workload);
  CHECK(workload->jobs[1].after == std::vector<std::uint32_t>{0, 2});
  CHECK(complaint("number,submit,run,after\n1,0,1,9\n").find("job 9") != std::string::npos);
}

TEST_CASE("what is wrong with a line is told by line, column and value") {
  CHECK(complaint("submit,run\n0,1\n0,x\n").find("line 3: run is \"x\"") != std::string::npos);
  CHECK(complaint("submit,run,cpus\n0,1,-2\n").find("cpus is \"-2\"") != std::string::npos);
  CHECK(complaint("submit,run,cpus\n0,1,1.2345\n").find("three decimals") != std::string::npos);
  CHECK(complaint("submit,run\n0\n").find("1 fields where") != std::string::npos);
  CHECK(complaint("submit,run,user\n0,1,\"open\n").find("does not end") != std::string::npos);
  CHECK(complaint("submit,run,colour\n").find("unknown column \"colour\"") != std::string::npos);
  CHECK(complaint("submit,run,run\n").find("twice") != std::string::npos);
  CHECK(complaint("submit\n").find("no column \"run\"") != std::string::npos);
  CHECK(complaint("").find("first line must name") != std::string::npos);
}

TEST_CASE("lines that cannot be read may be left out, counted and told") {
  const auto workload =
      parse_csv("submit,run\n0,1\nx,1\n0,1,2\n5,1\n", {.malformed = Malformed::skipped});
  REQUIRE(workload);
  CHECK(workload->jobs.size() == 2);
  CHECK(workload->dropped == 2);
  REQUIRE(workload->malformed.size() == 2);
  CHECK(workload->malformed[0].line == 3);
  CHECK(workload->malformed[1].line == 4);
}

TEST_CASE("a workload written as CSV is read again as it was") {
  Workload workload;
  for (std::uint64_t i = 0; i < 3; ++i) {
    WorkloadJob job;
    job.number = 5 + i;
    job.submit = milliseconds(1500 * i);
    job.run = seconds(7);
    job.estimate = seconds(7 + i);
    job.request.amounts = {.cpus = 1500, .mem = 64, .disk = 2, .custom = {{"licence", 1000}}};
    job.request.gpus.devices = 1;
    job.request.gpus.models = {"A", "B"};
    job.user = "user, the " + std::to_string(i);
    job.priority = static_cast<std::int32_t>(i);
    if (i == 1) job.recorded_start = seconds(9);
    if (i == 2) job.after = {0, 1};
    workload.jobs.push_back(job);
  }
  const std::string text = to_csv(workload);
  const auto again = parse_csv(text);
  REQUIRE_MESSAGE(again, again.error().message);
  REQUIRE(again->jobs.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const WorkloadJob& a = workload.jobs[i];
    const WorkloadJob& b = again->jobs[i];
    CHECK(a.number == b.number);
    CHECK(a.submit == b.submit);
    CHECK(a.estimate == b.estimate);
    CHECK(a.request == b.request);
    CHECK(a.user == b.user);
    CHECK(a.priority == b.priority);
    CHECK(a.recorded_start == b.recorded_start);
    CHECK(a.after == b.after);
  }
  CHECK(to_csv(*again) == text);
}

TEST_CASE("a workload written as SWF is read again, users by number") {
  const auto log = parse_swf("; MaxProcs: 64\n3 10 5 20 4 -1 -1 4 60 -1 1 42 -1 -1 -1 -1 -1 -1\n");
  REQUIRE(log);
  Workload workload = *log;
  workload.jobs.push_back(workload.jobs.front());
  workload.jobs.back().user = "ada";
  workload.jobs.back().request.amounts.cpus = 1500;
  const std::string text = to_swf(workload);
  const auto again = parse_swf(text);
  REQUIRE(again);
  REQUIRE(again->jobs.size() == 2);
  CHECK(again->processors == 64);
  CHECK(again->jobs[0].user == "u42");
  CHECK(again->jobs[0].submit == seconds(10));
  CHECK(again->jobs[0].run == seconds(20));
  CHECK(again->jobs[0].estimate == seconds(60));
  CHECK(again->jobs[0].recorded_start == seconds(15));
  CHECK(again->jobs[1].user == "u43");
  CHECK(again->jobs[1].request.amounts.cpus == 2000);
  CHECK(to_swf(*again) == text);
}
