#include "exec/verdict.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace retz::exec {
namespace {

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

Outcome ended_by_us(const Evidence& e) {
  Outcome out{.kind = *e.cause, .exit_code = -1, .signal = e.last_signal, .reason = {}};
  out.reason = *e.cause == OutcomeKind::timed_out ? "its time limit passed" : "stopped on request";
  if (WIFEXITED(e.status)) {
    out.reason += "; it exited " + std::to_string(WEXITSTATUS(e.status)) + " after " +
                  signal_name(e.last_signal);
  } else {
    out.signal = WTERMSIG(e.status);
    out.reason += "; ended by " + signal_name(out.signal);
  }
  return out;
}

}  // namespace

Outcome verdict(const Evidence& e) {
  if (e.cause) return ended_by_us(e);
  const bool clean = WIFEXITED(e.status) && WEXITSTATUS(e.status) == 0;
  if (e.oom_kills > 0 && !clean) {
    return {.kind = OutcomeKind::out_of_memory,
            .exit_code = -1,
            .signal = 0,
            .reason = "its memory limit of " + std::to_string(e.mem) + " MiB was hit"};
  }
  if (WIFSIGNALED(e.status)) {
    const int signal = WTERMSIG(e.status);
    return {.kind = OutcomeKind::signaled,
            .exit_code = -1,
            .signal = signal,
            .reason = "ended by " + signal_name(signal)};
  }
  Outcome out{
      .kind = OutcomeKind::exited, .exit_code = WEXITSTATUS(e.status), .signal = 0, .reason = {}};
  if (e.oom_kills > 0) {
    out.reason = "a process of it was killed at the memory limit of " + std::to_string(e.mem) +
                 " MiB, yet the command succeeded";
  }
  return out;
}

Outcome not_started(Step step, int error, const std::string& program) {
  const std::string why = std::strerror(error);
  if (step != Step::exec) {
    return {.kind = OutcomeKind::launch_failed,
            .exit_code = -1,
            .signal = 0,
            .reason = std::string("could not ") + to_string(step) + ": " + why};
  }
  if (error == ENOENT || error == ENOTDIR) {
    return {.kind = OutcomeKind::exited,
            .exit_code = 127,
            .signal = 0,
            .reason = program + ": command not found"};
  }
  if (error == EAGAIN || error == ENOMEM) {
    return {.kind = OutcomeKind::launch_failed,
            .exit_code = -1,
            .signal = 0,
            .reason = "could not start " + program + ": " + why};
  }
  return {.kind = OutcomeKind::exited,
          .exit_code = 126,
          .signal = 0,
          .reason = program + ": cannot be executed: " + why};
}

}  // namespace retz::exec
