// What launching alone costs: /bin/true by vfork, exec and reap, two in flight; bare, or with the
// control groups, directories and files that a job of ours gets. No queue, no store, no network.
//
// usage: launch_floor JOBS bare        launch_floor JOBS confined FOLDER
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int in_flight = 2;
constexpr unsigned nobody = 65534;

[[noreturn]] void fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

void write_file(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || write(file, text.data(), text.size()) < 0) fail(path);
  close(file);
}

void make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0711) != 0 && errno != EEXIST) fail(path);
}

/// The control groups of one job: v1 has one a controller, v2 one for both.
class Groups {
 public:
  explicit Groups(const std::string& instance) {
    if (access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0) {
      roots_ = {"/sys/fs/cgroup/cpu/" + instance, "/sys/fs/cgroup/memory/" + instance};
    } else {
      version_ = 2;
      write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpu +memory");
      roots_ = {"/sys/fs/cgroup/" + instance};
    }
    for (const auto& root : roots_) make_folder(root);
    if (version_ == 2) write_file(roots_[0] + "/cgroup.subtree_control", "+cpu +memory");
  }
  ~Groups() {
    for (int tries = 0; tries < 1000 && !closing_.empty(); ++tries) {
      remove_closed();
      usleep(1000);
    }
    for (const auto& root : roots_) rmdir(root.c_str());
  }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  /// Doors of the new groups: a process that writes "0" to them is inside.
  std::vector<int> create(int job) {
    std::vector<int> doors;
    for (const auto& root : roots_) {
      const auto group = root + "/" + std::to_string(job);
      make_folder(group);
      const bool memory = version_ == 2 || root.find("/memory/") != std::string::npos;
      if (memory)
        write_file(group + (version_ == 2 ? "/memory.max" : "/memory.limit_in_bytes"), "33554432");
      if (version_ == 2 || !memory)
        write_file(group + (version_ == 2 ? "/cpu.weight" : "/cpu.shares"),
                   version_ == 2 ? "100" : "1024");
      // In v1 `tasks` takes a thread without the wait for a grace period that `cgroup.procs` has.
      const auto* const door = version_ == 2 ? "/cgroup.procs" : "/tasks";
      doors.push_back(open((group + door).c_str(), O_WRONLY | O_CLOEXEC));
      if (doors.back() < 0) fail(group);
    }
    return doors;
  }
  void remove(int job) {
    for (const auto& root : roots_) closing_.push_back(root + "/" + std::to_string(job));
    remove_closed();
  }

 private:
  void remove_closed() {
    std::erase_if(closing_, [](const auto& group) { return rmdir(group.c_str()) == 0; });
  }
  int version_ = 1;
  std::vector<std::string> roots_, closing_;
};

struct Site {
  std::vector<int> doors;
  int box = -1, out = -1, err = -1;
};

Site make_site(const std::string& folder, int job, Groups& groups) {
  const auto attempt = folder + "/" + std::to_string(job);
  make_folder(attempt);
  write_file(attempt + "/claim", "1 claim\n");
  make_folder(attempt + "/box");
  Site site{groups.create(job)};
  site.box = open((attempt + "/box").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  site.out = open((attempt + "/box/stdout").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  site.err = open((attempt + "/box/stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (site.box < 0 || site.out < 0 || site.err < 0 || fchown(site.box, nobody, nobody) != 0 ||
      fchown(site.out, nobody, nobody) != 0 || fchown(site.err, nobody, nobody) != 0)
    fail(attempt);
  return site;
}

void close_site(const Site& site) {
  for (const int door : site.doors) close(door);
  for (const int file : {site.box, site.out, site.err}) close(file);
}

pid_t launch(const Site* site) {
  static char name[] = "true";
  static char* const arguments[] = {name, nullptr};
  static char* const environment[] = {nullptr};
  const pid_t child = vfork();
  if (child != 0) return child;
  if (site != nullptr) {
    for (const int door : site->doors)
      if (write(door, "0", 1) != 1) _exit(126);
    setsid();
    if (fchdir(site->box) != 0 || dup2(site->out, 1) < 0 || dup2(site->err, 2) < 0 ||
        setgid(nobody) != 0 || setuid(nobody) != 0)
      _exit(126);
  }
  execve("/bin/true", arguments, environment);
  _exit(127);
}

void finish(const std::string& folder, int job, Groups& groups) {
  const auto attempt = folder + "/" + std::to_string(job);
  write_file(attempt + "/exit.new", "1 exited 0\n");
  if (rename((attempt + "/exit.new").c_str(), (attempt + "/exit").c_str()) != 0) fail(attempt);
  groups.remove(job);
}

void run(int jobs, const std::string& folder, Groups* groups) {
  std::map<pid_t, int> running;
  for (int begun = 0, ended = 0; ended < jobs;) {
    while (begun < jobs && running.size() < in_flight) {
      Site site;
      if (groups != nullptr) site = make_site(folder, begun, *groups);
      const pid_t child = launch(groups != nullptr ? &site : nullptr);
      if (child < 0) fail("vfork");
      if (groups != nullptr) close_site(site);
      running[child] = begun++;
    }
    int status = 0;
    const pid_t child = wait(&status);
    if (status != 0) fail("a job failed");
    if (groups != nullptr) finish(folder, running[child], *groups);
    running.erase(child);
    ++ended;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: launch_floor JOBS bare | launch_floor JOBS confined FOLDER\n");
    return 2;
  }
  const int jobs = std::atoi(arguments[1]);
  const auto start = std::chrono::steady_clock::now();
  if (std::strcmp(arguments[2], "bare") == 0) {
    run(jobs, "", nullptr);
  } else {
    Groups groups("retz-floor-" + std::to_string(getpid()));
    run(jobs, count > 3 ? arguments[3] : ".", &groups);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("{\"seconds\": %.6f, \"jobs\": %d}\n", taken.count(), jobs);
}
