#include "local/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "launch/descriptor.hpp"

namespace retz::local {
namespace {

constexpr std::size_t output_max = 65536;

Result<pid_t> start(const std::vector<std::string>& argv, int output, int stdout_to) {
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, stdout_to < 0 ? output : stdout_to, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, words[0], &files, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return pid;
  return fail(error == ENOENT ? Errc::not_found : Errc::io_error,
              "cannot run " + argv[0] + ": " + std::strerror(error));
}

}  // namespace

Result<void> Allowance::check() const {
  if (cancelled != nullptr && *cancelled) return fail(Errc::unavailable, "it was stopped");
  if (Clock::now() >= until) return fail(Errc::unavailable, "it was not done in time");
  return {};
}

tl::unexpected<Error> too_large() {
  return fail(Errc::too_large, "it is larger than is allowed here");
}

Result<Finished> run_tool(const std::vector<std::string>& argv, Allowance allowance,
                          int stdout_to) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(Errc::io_error, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  const launch::Descriptor from(ends[0]);
  launch::Descriptor to(ends[1]);
  const auto pid = start(argv, to.get(), stdout_to);
  to.reset();
  if (!pid) return tl::unexpected(pid.error());
  // Its output ends where the allowance does. Not waited for yet, so the number is its own.
  const auto size_max = static_cast<rlim_t>(std::max<std::int64_t>(allowance.bytes, 0));
  const rlimit file_size = {size_max, size_max};
  if (stdout_to >= 0) prlimit(*pid, RLIMIT_FSIZE, &file_size, nullptr);

  Finished out;
  Result<void> on_time = {};
  std::array<char, 4096> buffer;
  while (true) {
    on_time = allowance.check();
    if (!on_time) break;
    pollfd fd = {.fd = from.get(), .events = POLLIN, .revents = 0};
    const int ready = poll(&fd, 1, 200);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) break;
    const ssize_t n = read(from.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (out.output.size() < output_max) out.output.append(buffer.data(), std::size_t(n));
  }
  if (!on_time) kill(-*pid, SIGKILL);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!on_time) return tl::unexpected(on_time.error());
  struct stat written = {};
  const bool cut = stdout_to >= 0 && fstat(stdout_to, &written) == 0 &&
                   written.st_size >= allowance.bytes && status != 0;
  if (cut) return too_large();
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

}  // namespace retz::local
