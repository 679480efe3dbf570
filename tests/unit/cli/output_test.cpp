// Output that never holds the program up.
#include "cli/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <string>
#include <utility>

using retz::cli::Output;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int fd : ends) {
      if (fd >= 0) ::close(fd);
    }
  }
  std::array<int, 2> ends{};
};

/// What the pipe holds, until `until` has come or nothing comes for ten seconds.
std::string read_until(int fd, const std::string& until) {
  std::string text;
  pollfd waiting{fd, POLLIN, 0};
  while (text.find(until) == std::string::npos && ::poll(&waiting, 1, 10'000) > 0) {
    std::array<char, 65536> buffer{};
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

}  // namespace

TEST_CASE("lines come out in order, and the last ones on destruction too") {
  Pipe pipe;
  {
    Output output(pipe.ends[1]);
    output.write("one\n");
    output.write("two\n");
  }
  CHECK(read_until(pipe.ends[0], "two\n") == "one\ntwo\n");
}

TEST_CASE("a reader that stopped costs the oldest lines, no time; their number is told later") {
  Pipe pipe;
  Output output(pipe.ends[1], 64 * 1024);
  const std::string line(1023, 'x');
  for (int i = 0; i < 10'000; ++i) output.write(line + "\n");
  output.write("the last\n");
  const auto text = read_until(pipe.ends[0], "the last\n");
  CHECK(text.size() < 2'000'000);
  CHECK(text.find(" lines were lost: nobody read)\n") != std::string::npos);
  CHECK(text.ends_with("the last\n"));
}

TEST_CASE("a full device and a closed pipe take nothing and do no harm") {
  std::signal(SIGPIPE, SIG_IGN);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  { Output(full).write("x\n"); }
  ::close(full);
  Pipe pipe;
  ::close(std::exchange(pipe.ends[0], -1));
  { Output(pipe.ends[1]).write("x\n"); }
}
