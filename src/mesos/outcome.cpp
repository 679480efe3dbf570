#include "mesos/outcome.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace retz::mesos {
namespace {

constexpr std::string_view exited_prefix = "Command exited with status ";
constexpr std::string_view signaled_prefix = "Command terminated with signal ";

/// strsignal() of the C library on agents.
constexpr std::array<std::pair<std::string_view, std::int32_t>, 20> signals = {{
    {"Hangup", 1},
    {"Interrupt", 2},
    {"Quit", 3},
    {"Illegal instruction", 4},
    {"Trace/breakpoint trap", 5},
    {"Aborted", 6},
    {"Bus error", 7},
    {"Floating point exception", 8},
    {"Killed", 9},
    {"User defined signal 1", 10},
    {"Segmentation fault", 11},
    {"User defined signal 2", 12},
    {"Broken pipe", 13},
    {"Alarm clock", 14},
    {"Terminated", 15},
    {"CPU time limit exceeded", 24},
    {"File size limit exceeded", 25},
    {"Virtual timer expired", 26},
    {"Profiling timer expired", 27},
    {"Bad system call", 31},
}};

std::optional<std::int32_t> exit_code(std::string_view message) {
  const auto at = message.find(exited_prefix);
  if (at == std::string_view::npos) return std::nullopt;
  message.remove_prefix(at + exited_prefix.size());
  std::int32_t code = 0;
  const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), code);
  if (error != std::errc()) return std::nullopt;
  return code;
}

/// 0: none is told of.
std::int32_t signal(std::string_view message) {
  const auto at = message.find(signaled_prefix);
  if (at == std::string_view::npos) return 0;
  message.remove_prefix(at + signaled_prefix.size());
  for (const auto& [name, number] : signals) {
    if (message.starts_with(name)) return number;
  }
  return 0;
}

bool says(const TaskStatus& status, std::string_view words) {
  return status.message.find(words) != std::string::npos;
}

std::string because(const TaskStatus& status, std::string_view fallback) {
  std::string out = status.message.empty() ? std::string(fallback) : status.message;
  if (!status.reason.empty()) out += " (" + status.reason + ")";
  return out;
}

Outcome make(OutcomeKind kind, std::string reason, std::int32_t signal = 0) {
  return {.kind = kind, .exit_code = -1, .signal = signal, .reason = std::move(reason)};
}

/// The command ended; how is in the message.
Outcome of_command(const TaskStatus& status) {
  if (const auto code = exit_code(status.message); code && *code != 0) {
    return {.kind = OutcomeKind::exited, .exit_code = *code, .signal = 0, .reason = status.message};
  }
  if (status.message.find(signaled_prefix) != std::string::npos) {
    return make(OutcomeKind::signaled, status.message, signal(status.message));
  }
  return {.kind = OutcomeKind::exited,
          .exit_code = 1,
          .signal = 0,
          .reason = because(status, "it failed, and its exit status was not told")};
}

Outcome of_failed_launch(const TaskStatus& status) {
  if (says(status, "Failed to fetch")) return make(OutcomeKind::fetch_failed, because(status, ""));
  for (const std::string_view never : {"Unsupported container image", "Failed to chown",
                                       "Failed to get user", "No such user", "manifest"}) {
    if (says(status, never)) return make(OutcomeKind::cannot_launch, because(status, ""));
  }
  return make(OutcomeKind::launch_failed, because(status, "its container could not be launched"));
}

enum class Blame : std::uint8_t { command, timed_out, memory, limit, launch, agent };

/// Reasons of TASK_FAILED; any other means the command itself.
constexpr std::array<std::pair<std::string_view, Blame>, 17> blames = {{
    {"REASON_MAX_COMPLETION_TIME_REACHED", Blame::timed_out},
    {"REASON_CONTAINER_LIMITATION_MEMORY", Blame::memory},
    {"REASON_CONTAINER_LIMITATION_DISK", Blame::limit},
    {"REASON_CONTAINER_LIMITATION", Blame::limit},
    {"REASON_CONTAINER_LAUNCH_FAILED", Blame::launch},
    {"REASON_CONTAINER_UPDATE_FAILED", Blame::launch},
    {"REASON_EXECUTOR_REGISTRATION_TIMEOUT", Blame::launch},
    {"REASON_RESOURCES_UNKNOWN", Blame::launch},
    {"REASON_CONTAINER_PREEMPTED", Blame::agent},
    {"REASON_EXECUTOR_TERMINATED", Blame::agent},
    {"REASON_EXECUTOR_UNREGISTERED", Blame::agent},
    {"REASON_EXECUTOR_REREGISTRATION_TIMEOUT", Blame::agent},
    {"REASON_AGENT_DISCONNECTED", Blame::agent},
    {"REASON_AGENT_REMOVED", Blame::agent},
    {"REASON_AGENT_RESTARTED", Blame::agent},
    {"REASON_AGENT_DRAINING", Blame::agent},
    {"REASON_IO_SWITCHBOARD_EXITED", Blame::agent},
}};

Outcome of_failed(const TaskStatus& status) {
  const auto* const at = std::find_if(blames.begin(), blames.end(), [&](const auto& known) {
    return known.first == status.reason;
  });
  switch (at == blames.end() ? Blame::command : at->second) {
    case Blame::timed_out:
      return make(OutcomeKind::timed_out, "its time limit passed", signal(status.message));
    case Blame::memory:
      return make(OutcomeKind::out_of_memory, because(status, "its memory limit was hit"));
    case Blame::limit:
      return make(OutcomeKind::signaled, because(status, "a limit of its container was hit"), 9);
    case Blame::launch:
      return of_failed_launch(status);
    case Blame::agent:
      return make(OutcomeKind::node_lost, because(status, "what supervised it went away"));
    case Blame::command:
      break;
  }
  return of_command(status);
}

Outcome of_killed(const TaskStatus& status, bool stopped) {
  if (status.reason == "REASON_AGENT_DRAINING") {
    return make(OutcomeKind::node_lost, because(status, "its agent is drained"));
  }
  if (stopped) return make(OutcomeKind::killed, {}, signal(status.message));
  if (status.healthy == false) {
    return make(OutcomeKind::killed, because(status, "its health check failed"),
                signal(status.message));
  }
  return make(OutcomeKind::killed, because(status, "killed through Mesos by somebody else"),
              signal(status.message));
}

/// Refused as it stands; or another took its resources first, which is nobody's fault.
Outcome of_error(const TaskStatus& status) {
  const bool race = says(status, "more than available");
  return make(race ? OutcomeKind::launch_failed : OutcomeKind::cannot_launch,
              because(status, "Mesos refused the task"));
}

/// An offer that was withdrawn as it was accepted is no failure to launch: it is tried anew at
/// once.
Outcome of_dropped(const TaskStatus& status) {
  const bool race = status.reason == "REASON_INVALID_OFFERS";
  return make(race ? OutcomeKind::node_lost : OutcomeKind::launch_failed,
              because(status, "Mesos dropped the task"));
}

}  // namespace

Outcome outcome_of(const TaskStatus& status, bool stopped) {
  switch (status.state) {
    case TaskState::finished:
      return {.kind = OutcomeKind::exited, .exit_code = 0, .signal = 0, .reason = {}};
    case TaskState::failed:
      return of_failed(status);
    case TaskState::killed:
      return of_killed(status, stopped);
    case TaskState::error:
      return of_error(status);
    case TaskState::dropped:
      return of_dropped(status);
    case TaskState::lost:
      return make(OutcomeKind::node_lost, because(status, "Mesos lost the task"));
    case TaskState::gone:
      return make(OutcomeKind::node_lost, because(status, "its agent knows the task no longer"));
    case TaskState::gone_by_operator:
      return make(OutcomeKind::node_lost, because(status, "an operator gave its agent up"));
    default:
      break;
  }
  return make(OutcomeKind::node_lost, because(status, "Mesos does not know the task"));
}

bool lacks_words(const TaskStatus& status) {
  return status.uuid.empty() &&
         (status.state == TaskState::failed || status.state == TaskState::killed) &&
         (status.reason == "REASON_RECONCILIATION" || status.reason == "REASON_AGENT_REREGISTERED");
}

}  // namespace retz::mesos
