#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "retz/workload.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

const std::string header = "; MaxNodes: 8\n; MaxProcs: 10\n";

std::string line(const std::string& submit, const std::string& run, const std::string& allocated,
                 const std::string& requested, const std::string& time) {
  return "7 " + submit + " 5 " + run + " " + allocated + " -1 -1 " + requested + " " + time +
         " -1 1 42 3 -1 -1 -1 -1 -1\n";
}

WorkloadJob only_job(const std::string& text) {
  const auto workload = parse_swf(header + text);
  REQUIRE(workload);
  REQUIRE(workload->jobs.size() == 1);
  CHECK(workload->dropped == 0);
  return workload->jobs.front();
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    char name[] = "/tmp/retz-swf-XXXXXX";
    const int file = mkstemp(name);
    REQUIRE(file >= 0);
    close(file);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string log_bytes() {
  std::ifstream stream(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a line of a log becomes a job") {
  const WorkloadJob job = only_job(line("100", "50", "4", "4", "60"));
  CHECK(job.number == 7);
  CHECK(job.submit == seconds(100));
  CHECK(job.run == seconds(50));
  CHECK(job.estimate == seconds(60));
  CHECK(job.request.amounts.cpus == 4000);
  CHECK(job.user == "u42");
}

TEST_CASE("processors are the requested ones, else the allocated ones") {
  CHECK(only_job(line("0", "1", "4", "6", "9")).request.amounts.cpus == 6000);
  CHECK(only_job(line("0", "1", "4", "-1", "9")).request.amounts.cpus == 4000);
  CHECK(only_job(line("0", "1", "-1", "3", "9")).request.amounts.cpus == 3000);
}

TEST_CASE("without a requested time the run time is the estimate; a longer run is cut") {
  CHECK(only_job(line("0", "50", "1", "1", "-1")).estimate == seconds(50));
  CHECK(only_job(line("0", "50", "1", "1", "20")).run == seconds(20));
}

TEST_CASE("lines that are no runnable job are dropped and counted") {
  const auto workload = parse_swf(header + line("0", "1", "-1", "-1", "9") +
                                  line("0", "1", "0", "0", "9") + line("0", "1", "1", "11", "9") +
                                  line("0", "1", "11", "1", "9") + line("0", "0", "1", "1", "9") +
                                  line("0", "-1", "1", "1", "9") + line("-5", "1", "1", "1", "9"));
  REQUIRE(workload);
  CHECK(workload->jobs.empty());
  CHECK(workload->dropped == 7);
}

TEST_CASE("the size of the machine: given, else MaxProcs, else MaxNodes") {
  const std::string job = line("0", "1", "1", "1", "9");
  CHECK(parse_swf(header + job)->processors == 10);
  CHECK(parse_swf("; MaxNodes: 8\n" + job)->processors == 8);
  CHECK(parse_swf(header + job, {.processors = 3})->processors == 3);
  const auto unknown = parse_swf(job);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().field == "processors");
}

TEST_CASE("blank lines, carriage returns, tabs, short lines and decimals are read") {
  const auto workload =
      parse_swf("\n; MaxProcs: 10\r\n  \t\r\n1\t0 0 7.5 2 -1 -1 2 8.00 \r\n2 0 0 7 2 -1 -1 2 8");
  REQUIRE(workload);
  REQUIRE(workload->jobs.size() == 2);
  CHECK(workload->jobs[0].run == seconds(7));
  CHECK(workload->jobs[0].user.empty());
}

TEST_CASE("a line that cannot be read is named") {
  const auto letters = parse_swf(header + line("0", "x1", "1", "1", "9"));
  REQUIRE_FALSE(letters);
  CHECK(letters.error().message == "line 3: field 4 is \"x1\", which is not a number");
  const auto short_line = parse_swf(header + "1 2 3\n");
  REQUIRE_FALSE(short_line);
  CHECK(short_line.error().message == "line 3: 3 fields where a job needs 9");
  CHECK_FALSE(parse_swf(header + line("99999999999999999999", "1", "1", "1", "9")));
  CHECK_FALSE(parse_swf(header + line("9000000000000000000", "1", "1", "1", "9")));
}

TEST_CASE("a log is read plain and compressed; a missing or damaged one says so") {
  const TemporaryFile plain(header + line("0", "1", "1", "1", "9"));
  CHECK(read_swf(plain.path())->jobs.size() == 1);
  const auto packed = read_swf(RETZ_WORKLOADS "/KTH-SP2-1996-2.swf.gz");
  REQUIRE(packed);
  CHECK(packed->jobs.size() == 28481);
  CHECK(packed->dropped == 8);
  CHECK(packed->processors == 100);

  const auto missing = read_swf("/nonexistent/log.swf.gz");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::io_error);
  const std::string bytes = log_bytes();
  const TemporaryFile cut(bytes.substr(0, bytes.size() / 2));
  const auto half = read_swf(cut.path());
  REQUIRE_FALSE(half);
  CHECK(half.error().code == Errc::io_error);
}

TEST_CASE("the recorded start is the submission and the wait, where the log tells it") {
  CHECK(only_job(line("100", "50", "4", "4", "60")).recorded_start == seconds(105));
  const auto unknown = parse_swf(header + "1 100 -1 50 4 -1 -1 4 60\n");
  REQUIRE(unknown);
  CHECK_FALSE(unknown->jobs.front().recorded_start);
}

TEST_CASE("lines that cannot be read may be left out, counted and told by number") {
  const auto workload = parse_swf(header + line("0", "1", "1", "1", "9") + "1 2 3\n" +
                                      line("0", "x", "1", "1", "9") + line("5", "1", "1", "1", "9"),
                                  {.malformed = Malformed::skipped});
  REQUIRE(workload);
  CHECK(workload->jobs.size() == 2);
  CHECK(workload->dropped == 2);
  REQUIRE(workload->malformed.size() == 2);
  CHECK(workload->malformed[0].line == 4);
  CHECK(workload->malformed[0].message.find("3 fields") != std::string::npos);
  CHECK(workload->malformed[1].message.find("field 4 is \"x\"") != std::string::npos);
}

TEST_CASE("a file is read by its content: CSV where a column is named submit, else SWF") {
  const TemporaryFile csv("run,submit\n5,1\n");
  CHECK(read_workload(csv.path())->jobs.front().run == seconds(5));
  const TemporaryFile swf(header + line("0", "1", "1", "1", "9"));
  CHECK(read_workload(swf.path())->processors == 10);
  const TemporaryFile wrong("run,submit\n5,x\n");
  CHECK(read_workload(wrong.path()).error().message.find(wrong.path()) == 0);
  CHECK(read_workload("/nowhere").error().code == Errc::io_error);
}
