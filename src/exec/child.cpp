#include "exec/child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace retz::exec {
namespace {

/// The plan as plain pointers. Lives in the parent's memory, which a vforked child shares: the
/// child reports through it.
struct Prepared {
  const ChildPlan* plan = nullptr;
  std::atomic<pid_t>* pid = nullptr;
  std::vector<const char*> paths;
  std::vector<char*> argv, envp;
  std::vector<std::vector<std::string>> scripts;
  std::vector<std::vector<char*>> script_argv;
  pid_t parent = 0;
  volatile int step = 0;
  volatile int error = 0;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  // execve takes char* for the sake of old C; it does not write.
  for (const auto& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void give_up(Prepared& p, Step step) {
  p.error = errno;
  p.step = static_cast<int>(step);
  _exit(127);
}

void reset_signals() {
  // The system call, because glibc hides two signals of its own, and its posix_spawn hands them
  // down ignored. All zeros: SIG_DFL, no flags, an empty mask.
  constexpr std::array<unsigned long, 4> standard = {};
  for (int s = 1; s < NSIG; ++s) {
    if (s != SIGKILL && s != SIGSTOP) {
      syscall(SYS_rt_sigaction, s, standard.data(), nullptr, sizeof(unsigned long));
    }
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// glibc's setuid and friends talk to all threads of the process; here they would be the parent's.
void become_user(Prepared& p) {
  const ChildPlan& plan = *p.plan;
  if (plan.switch_user) {
    if (syscall(SYS_setgroups, plan.groups.size(), plan.groups.data()) != 0 ||
        syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0 ||
        syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0) {
      give_up(p, Step::user);
    }
  }
  // A job does not outlive its supervisor: the next one could not tell how it ended.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != p.parent) _exit(127);
}

void set_limits(Prepared& p) {
  const ChildPlan& plan = *p.plan;
  if (plan.data_max != RLIM_INFINITY) {
    const rlimit data = {plan.data_max, plan.data_max};
    if (setrlimit(RLIMIT_DATA, &data) != 0) give_up(p, Step::limits);
  }
  if (plan.files.rlim_cur != 0) setrlimit(RLIMIT_NOFILE, &plan.files);
}

[[noreturn]] void become_command(Prepared& p) {
  int worst = ENOENT;
  for (std::size_t i = 0; i < p.paths.size(); ++i) {
    execve(p.paths[i], p.argv.data(), p.envp.data());
    if (errno == ENOEXEC) execve("/bin/sh", p.script_argv[i].data(), p.envp.data());
    if (errno == ENOENT || errno == ENOTDIR) continue;
    worst = errno;
    if (errno != EACCES) break;
  }
  errno = worst;
  give_up(p, Step::exec);
}

[[noreturn, gnu::noinline]] void child(Prepared& p) {
  const ChildPlan& plan = *p.plan;
  p.pid->store(getpid());
  for (const int door : plan.attach) {
    if (door >= 0 && write(door, "0", 1) != 1) give_up(p, Step::attach);
  }
  if (setsid() < 0) give_up(p, Step::session);
  for (int i = 0; i < 3; ++i) {
    if (dup2(plan.stdio.at(static_cast<std::size_t>(i)), i) < 0) give_up(p, Step::stdio);
  }
  if (plan.directory >= 0 && fchdir(plan.directory) != 0) give_up(p, Step::directory);
  umask(022);
  set_limits(p);
  become_user(p);
  reset_signals();
  become_command(p);
}

}  // namespace

void spawn(Start& start) {
  const ChildPlan& plan = start.plan;
  Prepared p;
  p.plan = &plan;
  p.pid = &start.pid;
  p.parent = getpid();
  p.argv = pointers(plan.invocation.argv);
  p.envp = pointers(plan.environment);
  for (const auto& path : plan.invocation.paths) {
    p.paths.push_back(path.c_str());
    p.scripts.push_back(as_script(path, plan.invocation.argv));
  }
  for (const auto& script : p.scripts) p.script_argv.push_back(pointers(script));

  const pid_t pid = vfork();
  if (pid == 0) child(p);
  start.error = pid < 0 ? errno : p.error;
  start.step = pid < 0 ? Step::session : static_cast<Step>(p.step);
  // Ended from outside before its first instruction.
  if (start.error == 0 && start.pid == 0) start.error = ECANCELED;
}

const char* to_string(Step step) noexcept {
  switch (step) {
    case Step::attach:
      return "enter its cgroup";
    case Step::session:
      return "start a session";
    case Step::stdio:
      return "open its standard streams";
    case Step::directory:
      return "enter its sandbox";
    case Step::limits:
      return "set its limits";
    case Step::user:
      return "become its unix user";
    case Step::exec:
      return "run the command";
  }
  return "start";
}

}  // namespace retz::exec
