#include "exec/verdict.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>

using namespace retz;
using namespace retz::exec;

namespace {

int exited(int code) {
  return code << 8;
}

}  // namespace

TEST_CASE("an end by itself is told as it was") {
  CHECK(verdict({.status = exited(0)}) == Outcome{OutcomeKind::exited, 0, 0, ""});
  CHECK(verdict({.status = exited(3)}) == Outcome{OutcomeKind::exited, 3, 0, ""});
  const auto crashed = verdict({.status = SIGSEGV});
  CHECK(crashed.kind == OutcomeKind::signaled);
  CHECK(crashed.signal == SIGSEGV);
  CHECK(crashed.reason.find("SIGSEGV") != std::string::npos);
}

TEST_CASE("the counter of memory kills decides, unless the command succeeded") {
  CHECK(verdict({.status = SIGKILL, .oom_kills = 1, .mem = 64}).kind == OutcomeKind::out_of_memory);
  CHECK(verdict({.status = exited(137), .oom_kills = 1}).kind == OutcomeKind::out_of_memory);
  const auto lucky = verdict({.status = exited(0), .oom_kills = 2, .mem = 64});
  CHECK(succeeded(lucky));
  CHECK(lucky.reason.find("64 MiB") != std::string::npos);
  CHECK(verdict({.status = SIGKILL}).kind == OutcomeKind::signaled);
}

TEST_CASE("an end by us names the cause and the signal that did it") {
  const auto polite =
      verdict({.status = exited(0), .cause = OutcomeKind::timed_out, .last_signal = SIGTERM});
  CHECK(polite.kind == OutcomeKind::timed_out);
  CHECK(polite.signal == SIGTERM);
  const auto hard =
      verdict({.status = SIGKILL, .cause = OutcomeKind::killed, .last_signal = SIGKILL});
  CHECK(hard.kind == OutcomeKind::killed);
  CHECK(hard.signal == SIGKILL);
}

TEST_CASE("what could not start is the user's fault only where it is") {
  CHECK(not_started(Step::exec, ENOENT, "x").exit_code == 127);
  CHECK(not_started(Step::exec, EACCES, "x").exit_code == 126);
  CHECK(not_started(Step::exec, ENOMEM, "x").kind == OutcomeKind::launch_failed);
  CHECK(not_started(Step::attach, EPERM, "x").kind == OutcomeKind::launch_failed);
}
