#include "exec/serve.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "exec/service.hpp"
#include "exec/strays.hpp"
#include "launch/boot.hpp"
#include "launch/layout.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

constexpr off_t log_max = 1 << 20;  // bytes; then it starts anew, the last one is kept

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(Errc::io_error, "cannot " + what + ": " + std::strerror(errno));
}

Result<Descriptor> take_lock(const std::string& data) {
  if (chdir(data.c_str()) != 0) return cannot("enter " + data);
  Descriptor lock(open(launch::lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return cannot("open " + data + "/" + launch::lock_name);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::conflict, "another retz-exec serves " + data);
  }
  return lock;
}

Result<Descriptor> listen_here() {
  unlink(launch::socket_name);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, launch::socket_name);
  const mode_t before = umask(0177);
  const bool bound = socket && bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                                    sizeof address) == 0;
  umask(before);
  if (!bound || listen(socket.get(), 16) != 0) return cannot("listen on exec.sock");
  return socket;
}

Descriptor take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&set, s);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  return Descriptor(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

rlimit raise_file_limit() {
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit raised = before;
  raised.rlim_cur = raised.rlim_max;
  setrlimit(RLIMIT_NOFILE, &raised);
  return before;
}

void end_strays() {
  char here[PATH_MAX];
  if (getcwd(here, sizeof here) == nullptr) return;
  const std::string below = std::string(here) + "/" + launch::sandboxes_name + "/";
  for (int i = 0; i < 100; ++i) {
    const auto left = strays(below, true);
    if (left && left->empty()) return;
    for (const pid_t pid : left.value_or(std::vector<pid_t>())) kill(pid, SIGKILL);
    usleep(2000);
  }
}

/// Errors reach the one who started it through `ready`, which closes when it serves.
Result<void> serve_here(const ServeOptions& options, Descriptor ready) {
  auto lock = take_lock(options.data);
  if (!lock) return tl::unexpected(lock.error());
  Descriptor signals = take_signals();
  const rlimit files = raise_file_limit();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Cgroups cgroups = Cgroups::open(launch::instance_name("."), options.cgroups);
  cgroups.sweep(false);
  if (!cgroups.usable()) end_strays();
  auto listener = listen_here();
  if (!listener) return tl::unexpected(listener.error());
  SupervisorOptions supervisor{.boot_id = launch::boot_id(),
                               .allow_root = options.allow_root,
                               .files = files,
                               .start_limit = std::chrono::seconds(options.start_limit)};
  Result<void> result = {};
  {
    Service service(options, std::move(supervisor), std::move(cgroups), std::move(*listener),
                    std::move(signals));
    if (ready) static_cast<void>(!write(ready.get(), "+", 1));
    ready.reset();
    result = service.run();
  }
  // The last thing to go: who waits for the end sees nothing of it left.
  unlink(launch::socket_name);
  return result;
}

/// Standard streams of a detached supervisor: the log, never the terminal of its server.
void use_log(const std::string& data) {
  const std::string path = data + "/" + launch::log_name;
  struct stat now = {};
  if (stat(path.c_str(), &now) == 0 && now.st_size > log_max) {
    rename(path.c_str(), (path + ".1").c_str());
  }
  const Descriptor in(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor log(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) log.reset(open("/dev/null", O_WRONLY | O_CLOEXEC));
  dup2(in.get(), STDIN_FILENO);
  dup2(log.get(), STDOUT_FILENO);
  dup2(log.get(), STDERR_FILENO);
}

/// Waits for the child's "+", or for its message and its end.
Result<void> await_child(pid_t child, int from) {
  std::string said;
  std::array<char, 1024> buffer;
  while (true) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(n));
    if (said == "+") return {};
  }
  waitpid(child, nullptr, 0);
  return fail(Errc::io_error, said.empty() ? "retz-exec ended before it served" : said);
}

}  // namespace

Result<void> serve(const ServeOptions& options) {
  close_range(3, UINT_MAX, 0);  // whatever the one who started it left open
  if (!options.detach) return serve_here(options, Descriptor());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return cannot("make a pipe");
  Descriptor from(ends[0]), to(ends[1]);
  const pid_t child = fork();
  if (child < 0) return cannot("fork");
  if (child > 0) {
    to.reset();
    return await_child(child, from.get());
  }
  from.reset();
  setsid();
  use_log(options.data);
  const int copy = fcntl(to.get(), F_DUPFD_CLOEXEC, 3);
  auto result = serve_here(options, Descriptor(copy));
  if (!result) {
    const std::string& text = result.error().message;
    static_cast<void>(!write(to.get(), text.data(), text.size()));
  }
  _exit(result ? 0 : 1);
}

}  // namespace retz::exec
