#include "exec/run.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "exec/clock.hpp"
#include "exec/records.hpp"
#include "exec/supervisor.hpp"
#include "launch/boot.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

Result<void> set_user(const std::string& name, launch::LaunchOrder& order) {
  order.uid = geteuid();
  order.gid = getegid();
  if (name.empty()) {
    const int count = getgroups(0, nullptr);
    order.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    static_cast<void>(getgroups(count, order.groups.data()));
    return {};
  }
  const passwd* user = getpwnam(name.c_str());
  if (user == nullptr) return fail(Errc::not_found, "no unix user \"" + name + "\"", "--user");
  order.uid = user->pw_uid;
  order.gid = user->pw_gid;
  int count = 64;
  order.groups.resize(static_cast<std::size_t>(count));
  while (getgrouplist(name.c_str(), user->pw_gid, order.groups.data(), &count) < 0) {
    order.groups.resize(static_cast<std::size_t>(count));
  }
  order.groups.resize(static_cast<std::size_t>(count));
  return {};
}

Result<Site> open_site(const RunOptions& options) {
  Site site;
  const std::string directory = options.directory.empty() ? "." : options.directory;
  site.box.reset(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!site.box) {
    return fail(Errc::io_error, "cannot enter " + directory + ": " + std::strerror(errno));
  }
  site.in.reset(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  site.out.reset(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  site.err.reset(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!options.record.empty()) {
    site.directory.reset(open(options.record.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!site.directory) {
      return fail(Errc::io_error, "cannot open " + options.record + ": " + std::strerror(errno));
    }
  }
  return site;
}

int status_of(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::exited:
      return outcome.exit_code;
    case OutcomeKind::signaled:
    case OutcomeKind::killed:
      return 128 + outcome.signal;
    case OutcomeKind::timed_out:
      return 124;
    case OutcomeKind::out_of_memory:
      return 137;
    default:
      return 125;
  }
}

void wait_once(Supervisor& supervisor, int signals, AttemptRef attempt, Duration grace) {
  int timeout = -1;
  if (const auto wake = supervisor.wake_at()) {
    const std::int64_t left = (*wake - monotonic_now() + 999) / 1000;
    timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }
  std::array<pollfd, 2> fds = {{{.fd = signals, .events = POLLIN, .revents = 0},
                                {.fd = supervisor.news(), .events = POLLIN, .revents = 0}}};
  poll(fds.data(), fds.size(), timeout);
  supervisor.take_starts();
  signalfd_siginfo info = {};
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      supervisor.reap();
    } else {
      supervisor.stop(attempt, grace);
    }
  }
  supervisor.on_time(monotonic_now());
}

}  // namespace

Result<int> run(const RunOptions& options) {
  launch::LaunchOrder order;
  order.attempt = {JobId{static_cast<std::uint64_t>(getpid())}, 1};
  if (auto set = set_user(options.user, order); !set) return tl::unexpected(set.error());
  for (char** entry = environ; *entry != nullptr; ++entry) order.environment.emplace_back(*entry);
  order.cpus = options.cpus;
  order.mem = options.mem;
  order.time_limit = options.time_limit;
  order.grace_period = options.grace_period;
  auto site = open_site(options);
  if (!site) return tl::unexpected(site.error());

  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  const Descriptor signals(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  std::optional<Outcome> outcome;
  // Who runs it as root wants root: there is no server in between that must be held back.
  Supervisor supervisor(
      {.boot_id = launch::boot_id(), .allow_root = options.allow_root || options.user.empty()},
      Cgroups::open("run-" + std::to_string(getpid()), options.cgroups),
      [&](const launch::Message& message) {
        if (const auto* ended = std::get_if<launch::Ended>(&message)) {
          outcome = ended->record.outcome;
        }
      },
      [](int directory, const launch::ExitRecord& record) {
        const auto written = write_exit_record(directory, record);
        if (!written) std::cerr << "retz-exec: " << written.error().message << "\n";
      });
  supervisor.launch(order, std::move(*site), &options.words);
  while (!outcome) wait_once(supervisor, signals.get(), order.attempt, options.grace_period);
  supervisor.cgroups().sweep(true);
  if (!outcome->reason.empty()) std::cerr << "retz-exec: " << outcome->reason << "\n";
  return status_of(*outcome);
}

}  // namespace retz::exec
