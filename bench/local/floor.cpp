#include "floor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace retz::bench {
namespace {

struct Place {
  std::string cpu, memory, sandbox;
};

void put(const std::string& path, const char* text, std::size_t size) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(!write(fd, text, size));
  close(fd);
}

pid_t start(const Place& place, bool confined) {
  int doors[2] = {-1, -1};
  int streams[2] = {-1, -1};
  if (confined) {
    mkdir(place.cpu.c_str(), 0755);
    mkdir(place.memory.c_str(), 0755);
    put(place.cpu + "/cpu.cfs_quota_us", "100000", 6);
    put(place.memory + "/memory.limit_in_bytes", "67108864", 8);
    doors[0] = open((place.cpu + "/tasks").c_str(), O_WRONLY | O_CLOEXEC);
    doors[1] = open((place.memory + "/tasks").c_str(), O_WRONLY | O_CLOEXEC);
    mkdir(place.sandbox.c_str(), 0700);
    streams[0] = open((place.sandbox + "/stdout").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    streams[1] = open((place.sandbox + "/stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  }
  static char program[] = "/bin/true";
  char* const argv[] = {program, nullptr};
  const pid_t pid = vfork();
  if (pid == 0) {
    if (confined) {
      if (write(doors[0], "0", 1) != 1 || write(doors[1], "0", 1) != 1) _exit(126);
      dup2(streams[0], 1);
      dup2(streams[1], 2);
    }
    execve(program, argv, environ);
    _exit(127);
  }
  for (const int fd : {doors[0], doors[1], streams[0], streams[1]}) {
    if (fd >= 0) close(fd);
  }
  return pid;
}

}  // namespace

double floor_rate(const Floor& floor, int jobs, const std::filesystem::path& directory) {
  const std::string tag = "retz-bench-" + std::to_string(getpid());
  const std::string cpu = "/sys/fs/cgroup/cpu/" + tag;
  const std::string memory = "/sys/fs/cgroup/memory/" + tag;
  if (floor.confined) {
    mkdir(cpu.c_str(), 0755);
    mkdir(memory.c_str(), 0755);
  }
  std::map<pid_t, Place> running;
  std::vector<Place> done;
  const auto begin = std::chrono::steady_clock::now();
  for (int next = 0; next < jobs || !running.empty();) {
    while (next < jobs && running.size() < 2) {
      const std::string name = "/" + std::to_string(next++);
      Place place{cpu + name, memory + name, directory.string() + name};
      const pid_t pid = start(place, floor.confined);
      running.emplace(pid, std::move(place));
    }
    const auto at = running.find(wait(nullptr));
    if (at == running.end()) continue;
    // Removal is part of the work: without it a machine runs out of groups.
    rmdir(at->second.cpu.c_str());
    rmdir(at->second.memory.c_str());
    running.erase(at);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  rmdir(cpu.c_str());
  rmdir(memory.c_str());
  return jobs / took.count();
}

}  // namespace retz::bench
