#include "support/mesos/process_executors.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "retz/http.hpp"

namespace retz::testing::mesos {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TaskStatus launch_failed(const std::string& why) {
  TaskStatus status;
  status.state = "TASK_FAILED";
  status.source = "SOURCE_AGENT";
  status.reason = "REASON_CONTAINER_LAUNCH_FAILED";
  status.message = "Failed to launch container: " + why;
  return status;
}

bool get(const std::string& url, const fs::path& to) {
  const std::string path = url.starts_with("file://") ? url.substr(7) : url;
  std::error_code error;
  if (path.starts_with("/")) return fs::copy_file(path, to, error);
  const auto slash = url.find('/', 7);
  const auto client = http::connect({.url = url.substr(0, slash)});
  if (!client) return false;
  const auto answer = (*client)->call("GET", url.substr(slash));
  if (!answer || answer->status != 200) return false;
  std::ofstream(to, std::ios::binary) << answer->body;
  return true;
}

int run(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

/// As mesos-fetcher does: archives are unpacked unless told otherwise.
bool fetch(const json& uri, const fs::path& sandbox) {
  const std::string url = uri["value"];
  fs::path name = uri.value("output_file", "");
  if (name.empty()) name = fs::path(url).filename();
  const fs::path to = sandbox / name;
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!get(url, to)) return false;
  const std::string text = name.string();
  if (uri.value("executable", false)) {
    fs::permissions(to, fs::perms(0755));
  } else if (uri.value("extract", true)) {
    if (text.ends_with(".zip")) return run({"unzip", "-q", "-d", sandbox, to}) == 0;
    for (const char* end : {".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz"}) {
      if (text.ends_with(end)) return run({"tar", "-C", sandbox, "-xf", to}) == 0;
    }
  }
  return true;
}

std::vector<std::string> environment_of(const json& info, const fs::path& sandbox,
                                        const Order& order) {
  std::vector<std::string> all = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "MESOS_SANDBOX=" + sandbox.string(), "MESOS_TASK_ID=" + order.task,
      "MESOS_FRAMEWORK_ID=" + order.framework};
  const json variables =
      info["command"].value("environment", json::object()).value("variables", json::array());
  for (const json& one : variables) {
    all.push_back(one["name"].get<std::string>() + '=' + one.value("value", ""));
  }
  return all;
}

std::vector<std::string> words_of(const json& command) {
  if (command.value("shell", true)) return {"/bin/sh", "-c", command.value("value", "")};
  return command.value("arguments", std::vector<std::string>{});
}

[[noreturn]] void become(const passwd* user, const fs::path& sandbox, const char* program,
                         const std::vector<char*>& argv, const std::vector<char*>& envp) {
  setsid();
  if (chdir(sandbox.c_str()) != 0) _exit(1);
  const int out = open("stdout", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int err = open("stderr", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(1);
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(1);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  environ = const_cast<char**>(envp.data());
  execvp(program, argv.data());
  _exit(1);  // as the real executor: not 127
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

pid_t start(const passwd* user, const fs::path& sandbox, const std::string& program,
            const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  const std::vector<char*> argv = pointers(words), envp = pointers(environment);
  const pid_t pid = fork();
  if (pid == 0) become(user, sandbox, program.c_str(), argv, envp);
  return pid;
}

}  // namespace

ProcessExecutors::~ProcessExecutors() {
  for (const auto& [key, process] : processes_) {
    ::kill(-process.pid, SIGKILL);
    ::kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, 0);
  }
}

fs::path ProcessExecutors::work_of(std::size_t agent) const {
  return work_ / ("agent" + std::to_string(agent));
}

void ProcessExecutors::launch(ScriptedMaster& master, const Key& key, const Order& order,
                              Instant now) {
  const json info = json::parse(order.info);
  const json& command = info["command"];
  const auto says = [&](TaskStatus status) {
    master.task_says(key.agent, key.framework, key.task, std::move(status), now);
  };
  if (info.contains("container") && info["container"].value("type", "") == "DOCKER") {
    TaskStatus status = launch_failed("");
    status.reason = "REASON_EXECUTOR_TERMINATED";
    status.message = "Abnormal executor termination: unknown container";
    return says(status);
  }
  if (info.contains("container") && info["container"].value("mesos", json()).contains("image")) {
    return says(launch_failed("Unsupported container image type: DOCKER"));
  }
  const fs::path runs = work_of(key.agent) / "slaves" / info["agent_id"]["value"] / "frameworks" /
                        key.framework / "executors" / key.task / "runs";
  const fs::path sandbox = runs / order.container;
  fs::create_directories(sandbox);
  fs::create_directory_symlink(sandbox, runs / "latest");
  const std::string name = command.value("user", order.user);
  const passwd* user = geteuid() == 0 ? getpwnam(name.c_str()) : nullptr;
  if (geteuid() == 0 && user == nullptr) {
    return says(launch_failed("Failed to chown '" + (sandbox / "stdout").string() + "' to user '" +
                              name + "' : No such user '" + name + "'"));
  }
  for (const json& uri : command.value("uris", json::array())) {
    if (fetch(uri, sandbox)) continue;
    return says(launch_failed("Failed to fetch all URIs for container '" + order.container +
                              "': exited with status 1"));
  }
  if (user != nullptr) run({"chown", "-R", name, sandbox});
  const std::vector<std::string> words = words_of(command);
  const std::string program = command.value("shell", true) ? "/bin/sh" : command.value("value", "");
  Process process;
  process.pid = start(user, sandbox, program, words, environment_of(info, sandbox, order));
  if (info.contains("max_completion_time")) {
    process.end_by =
        now + Duration(info["max_completion_time"].value("nanoseconds", std::int64_t{0}) / 1000);
  }
  processes_[key] = process;
  says({"TASK_STARTING"});
  says({"TASK_RUNNING"});
}

void ProcessExecutors::take(ScriptedMaster& master, std::vector<Order> orders, Instant now) {
  for (const Order& order : orders) {
    const Key key{order.agent, order.framework, order.task};
    if (order.kind == Order::Kind::launch) {
      launch(master, key, order, now);
      continue;
    }
    const auto found = processes_.find(key);
    if (found == processes_.end()) continue;
    Process& process = found->second;
    if (order.kind == Order::Kind::destroy) {
      process.silent = true;
      ::kill(-process.pid, SIGKILL);
      continue;
    }
    const Instant kill_at = now + order.grace.value_or(Duration{0});
    process.kill_at = process.kill_at ? std::min(*process.kill_at, kill_at) : kill_at;
    if (std::exchange(process.killed, true)) continue;
    if (order.tell_killing) {
      master.task_says(key.agent, key.framework, key.task, {"TASK_KILLING"}, now);
    }
    ::kill(-process.pid, SIGTERM);
  }
}

void ProcessExecutors::pass(ScriptedMaster& master, Instant now) {
  for (auto it = processes_.begin(); it != processes_.end();) {
    const Key key = it->first;
    Process& process = it->second;
    if (process.end_by && *process.end_by <= now && !process.killed) {
      process.killed = process.timed_out = true;
      process.kill_at = now + std::chrono::seconds(3);
      ::kill(-process.pid, SIGTERM);
    }
    if (process.kill_at && *process.kill_at <= now) ::kill(-process.pid, SIGKILL);
    int ended = 0;
    if (waitpid(process.pid, &ended, WNOHANG) != process.pid) {
      ++it;
      continue;
    }
    ::kill(-process.pid, SIGKILL);  // what it left behind
    TaskStatus status;
    const bool clean = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
    status.state = process.timed_out ? "TASK_FAILED"
                   : process.killed  ? "TASK_KILLED"
                   : clean           ? "TASK_FINISHED"
                                     : "TASK_FAILED";
    if (process.timed_out) status.reason = "REASON_MAX_COMPLETION_TIME_REACHED";
    status.message =
        WIFEXITED(ended)
            ? "Command exited with status " + std::to_string(WEXITSTATUS(ended))
            : std::string("Command terminated with signal ") + strsignal(WTERMSIG(ended));
    const bool silent = process.silent;
    it = processes_.erase(it);
    if (!silent) master.task_says(key.agent, key.framework, key.task, std::move(status), now);
  }
}

}  // namespace retz::testing::mesos
