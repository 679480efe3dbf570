// A local cluster over a temporary data directory, and the engine's side of the talk, played by
// the test.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "launch/layout.hpp"
#include "retz/local.hpp"

namespace retz::test {

namespace fs = std::filesystem;

inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "retz-local-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
    fs::permissions(path, fs::perms(0711));
  }
  ~Directory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

inline std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class Recorder : public Inbox {
 public:
  void post(std::vector<Event> events) override {
    const std::lock_guard lock(mutex_);
    for (auto& event : events) events_.push_back(std::move(event));
  }
  std::vector<Event> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  template <class Body>
  std::vector<Body> all() {
    std::vector<Body> out;
    for (const auto& event : events()) {
      if (const auto* body = std::get_if<Body>(&event.what)) out.push_back(*body);
    }
    return out;
  }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
};

/// The supervisor of a data directory: found by the claim of the lock it holds.
inline pid_t supervisor_of(const fs::path& data) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string line = contents(entry.path() / "cmdline");
    const std::string wanted = std::string("serve\0--data\0", 13) + data.string() + '\0';
    if (line.find(wanted) != std::string::npos) return std::stoi(entry.path().filename());
  }
  return -1;
}

class Host {
 public:
  explicit Host(LocalOptions wanted = {}) : options(std::move(wanted)) {
    options.data = fs::canonical(directory.path) / "data";
    start();
  }
  ~Host() {
    cluster.reset();
    const pid_t pid = supervisor_of(options.data);
    if (pid <= 0) return;
    kill(pid, SIGTERM);
    CHECK(eventually([&] { return supervisor_of(options.data) <= 0; }));
    std::error_code none;
    for (const char* controller : {"cpu/retz", "memory/retz", "retz"}) {
      CHECK(!fs::exists(fs::path("/sys/fs/cgroup") / controller / instance, none));
    }
  }

  void start() {
    auto made = local_cluster(options);
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    instance = launch::instance_name(options.data);
    cluster = std::move(*made);
    const auto opened = cluster->open(inbox);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  }

  Launch order(const std::string& command) {
    JobSpec job;
    job.command = command;
    Launch launch;
    launch.attempt = {JobId{++last_job}, 1};
    launch.lease = LeaseId{1};
    launch.placement = {.node = "local",
                        .amounts = {.cpus = 1000, .mem = 64, .disk = 32, .custom = {}},
                        .ports = {},
                        .gpus = {}};
    launch.job = std::make_shared<JobSpec>(job);
    launch.application = std::make_shared<Application>();
    launch.grace_period = std::chrono::seconds(5);
    return launch;
  }
  static void edit(Launch& launch, const std::function<void(JobSpec&)>& change) {
    auto job = std::make_shared<JobSpec>(*launch.job);
    change(*job);
    launch.job = job;
  }
  static void edit_application(Launch& launch, const std::function<void(Application&)>& change) {
    auto application = std::make_shared<Application>(*launch.application);
    change(*application);
    launch.application = application;
  }

  void give(Action action) { cluster->carry_out(std::span<const Action>(&action, 1), {}); }

  std::optional<AttemptEnded> end_of(AttemptRef attempt) {
    for (auto& ended : inbox.all<AttemptEnded>()) {
      if (ended.attempt == attempt) return ended;
    }
    return std::nullopt;
  }
  bool runs(AttemptRef attempt) {
    for (auto& running : inbox.all<AttemptRunning>()) {
      if (running.attempt == attempt) return true;
    }
    return false;
  }
  AttemptEnded await(AttemptRef attempt) {
    const bool ended = eventually([&] { return end_of(attempt).has_value(); });
    REQUIRE_MESSAGE(ended, "no end of job ", attempt.job.value);
    return *end_of(attempt);
  }
  AttemptEnded run(const Launch& launch) {
    give(launch);
    return await(launch.attempt);
  }
  fs::path box(AttemptRef attempt) const {
    return options.data / "sandboxes" / std::to_string(attempt.job.value) /
           std::to_string(attempt.attempt) / "box";
  }
  std::string out(AttemptRef attempt) const { return contents(box(attempt) / "stdout"); }

  Directory directory;
  LocalOptions options;
  Recorder inbox;
  std::unique_ptr<Cluster> cluster;
  std::uint64_t last_job = 0;
  std::string instance;  // of its cgroups
};

}  // namespace retz::test
