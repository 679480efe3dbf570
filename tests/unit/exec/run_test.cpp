#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "launch/record.hpp"
#include "program.hpp"

using retz::test::retz_exec;
namespace fs = std::filesystem;

TEST_CASE("run passes words, streams and the exit status through") {
  CHECK(retz_exec("run -- /bin/echo 'a  b'").output == "a  b\n");
  CHECK(retz_exec("run -- sh -c 'exit 9'").status == 9);
  CHECK(retz_exec("run -- sh -c 'kill -9 $$'").status == 128 + SIGKILL);
  CHECK(retz_exec("run -- no-such-program").status == 127);
  CHECK(retz_exec("run -- /etc/passwd").status == 126);
  CHECK(retz_exec("run --user nobody -- id -un").output == "nobody\n");
  CHECK(retz_exec("run --directory / -- pwd").output == "/\n");
}

TEST_CASE("run holds limits, with cgroups and without") {
  for (const std::string how : {"", "--no-cgroups "}) {
    CAPTURE(how);
    CHECK(retz_exec("run " + how + "--time-limit 0.2 --grace 0.2 -- sleep 100").status == 124);
    const auto stubborn =
        retz_exec("run " + how +
                  "--time-limit 0.2 --grace 0.2 -- sh -c 'trap \"\" TERM; sleep 100 & sleep 100; "
                  "sleep 100'");
    CHECK(stubborn.status == 124);
    const auto eater =
        retz_exec("run " + how + "--mem 32 -- python3 -c 'x = bytearray(300 << 20)'");
    CHECK(eater.status == (how.empty() ? 137 : 1));
  }
}

TEST_CASE("run writes an exit record where asked, and leaves no cgroup") {
  std::string name = (fs::temp_directory_path() / "retz-exec-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  CHECK(retz_exec("run --record " + name + " -- sh -c 'exit 2'").status == 2);
  std::ifstream in(fs::path(name) / "exit");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto record = retz::launch::exit_record_from_text(text);
  REQUIRE(record.has_value());
  CHECK(record->outcome.exit_code == 2);
  const std::string group = "run-" + std::to_string(record->attempt.job.value);
  std::error_code none;
  for (const char* controller : {"/sys/fs/cgroup/cpu/retz/", "/sys/fs/cgroup/memory/retz/"}) {
    CHECK(!fs::exists(controller + group, none));
  }
  fs::remove_all(name);
}

TEST_CASE("wrong use is answered with what is right") {
  CHECK(retz_exec("").status == 125);
  CHECK(retz_exec("run").status == 125);
  CHECK(retz_exec("run --mem lots -- true").output.find("a number is wanted") != std::string::npos);
  CHECK(retz_exec("run --user no-such-user -- true").output.find("no-such-user") !=
        std::string::npos);
  CHECK(retz_exec("serve").status == 125);
  CHECK(retz_exec("serve --data /no/such/place").output.find("/no/such/place") !=
        std::string::npos);
}
