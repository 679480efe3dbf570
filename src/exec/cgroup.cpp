#include "exec/cgroup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "exec/janitor.hpp"

namespace retz::exec {
namespace {

using launch::Descriptor;

constexpr std::int64_t period = 100000;  // microseconds, the kernel's default

// What a group may have left over to be as good as new: beyond these its page cache would be
// taken for the next job's memory, and its debt of cpu time would hold the next job up. A job
// beyond them does not notice what a group costs.
constexpr std::int64_t left_memory_max = 1 << 20;  // bytes
constexpr std::int64_t used_cpu_max = period / 2;  // microseconds
constexpr std::size_t kept_max = 64;

struct Mount {
  std::string point, type, options;
};

std::vector<Mount> cgroup_mounts() {
  std::vector<Mount> out;
  std::ifstream in("/proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream front(line), back(line.substr(dash + 3));
    std::string skip, source;
    Mount mount;
    front >> skip >> skip >> skip >> skip >> mount.point;
    back >> mount.type >> source >> mount.options;
    if (mount.type == "cgroup" || mount.type == "cgroup2") out.push_back(std::move(mount));
  }
  return out;
}

bool lists(const std::string& words, const std::string& word, char separator) {
  std::istringstream in(words);
  for (std::string one; std::getline(in, one, separator);) {
    if (one == word) return true;
  }
  return false;
}

bool put(int directory, const std::string& file, const std::string& value) {
  const Descriptor fd(openat(directory, file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

/// From its start, whatever was read of it before.
std::string get(const Descriptor& file) {
  std::string out;
  char buffer[4096];
  while (file) {
    const ssize_t n = pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(out.size()));
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

Descriptor open_at(const Descriptor& directory, const std::string& file, int flags) {
  return Descriptor(openat(directory.get(), file.c_str(), flags | O_CLOEXEC));
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The number behind `key` in a file of "key number" lines.
std::optional<std::int64_t> keyed(const std::string& text, std::string_view key) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ') {
      return number(line.substr(key.size() + 1));
    }
    at = end + 1;
  }
  return std::nullopt;
}

Descriptor open_directory(const std::string& path) {
  return Descriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool make_directory(const std::string& path) {
  return mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
}

std::string why(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

std::int64_t quota(std::int64_t cpus) {
  return std::max<std::int64_t>(cpus * period / 1000, 1000);  // the kernel's least
}

Error cannot(const std::string& what) {
  return Error{Errc::io_error, why("cannot " + what)};
}

}  // namespace

Cgroups::Cgroups() = default;
Cgroups::Cgroups(Cgroups&&) noexcept = default;
Cgroups& Cgroups::operator=(Cgroups&&) noexcept = default;
Cgroups::~Cgroups() = default;

Cgroups Cgroups::open(const std::string& instance, bool wanted) {
  Cgroups out;
  if (!wanted) {
    out.confinement_ = "rlimits: cgroups are switched off";
    return out;
  }
  std::string reason = out.try_v1(instance);
  if (!reason.empty()) reason = out.try_v2(instance);
  if (!reason.empty()) {
    out.confinement_ = "rlimits: " + reason;
    return out;
  }
  out.confinement_ = "cgroup-v" + std::to_string(out.version_) + " cpu,memory";
  out.janitor_ = std::make_unique<Janitor>();
  return out;
}

std::string Cgroups::try_v1(const std::string& instance) {
  std::string cpu, memory;
  for (const auto& mount : cgroup_mounts()) {
    if (mount.type != "cgroup") continue;
    if (lists(mount.options, "cpu", ',')) cpu = mount.point;
    if (lists(mount.options, "memory", ',')) memory = mount.point;
  }
  if (cpu.empty() || memory.empty()) return "no cpu and memory controllers";
  for (auto* path : {&cpu, &memory}) {
    for (const auto& part : {std::string("retz"), instance}) {
      *path += "/" + part;
      if (!make_directory(*path)) return why("cannot make " + *path);
    }
  }
  cpu_ = open_directory(cpu);
  memory_ = open_directory(memory);
  if (!cpu_ || !memory_) return why("cannot open " + cpu + " or " + memory);
  directories_ = {cpu, memory};
  version_ = 1;
  return {};
}

std::string Cgroups::try_v2(const std::string& instance) {
  std::string path;
  for (const auto& mount : cgroup_mounts()) {
    if (mount.type != "cgroup2") continue;
    std::ifstream in(mount.point + "/cgroup.controllers");
    std::string controllers;
    std::getline(in, controllers);
    if (lists(controllers, "cpu", ' ') && lists(controllers, "memory", ' ')) path = mount.point;
  }
  if (path.empty()) return "no cpu and memory controllers";
  if (geteuid() != 0) {
    // A delegated subtree is ours below our own group, whose processes must first leave it.
    std::ifstream own("/proc/self/cgroup");
    for (std::string line; std::getline(own, line);) {
      if (line.starts_with("0::")) path += line.substr(3);
    }
    const std::string leaf = path + "/retz-exec";
    if (!make_directory(leaf)) return why("cannot make " + leaf);
    const Descriptor into = open_directory(leaf);
    if (!put(into.get(), "cgroup.procs", "0")) return why("cannot enter " + leaf);
  }
  for (const auto& part : {std::string("retz"), instance}) {
    const Descriptor parent = open_directory(path);
    if (!put(parent.get(), "cgroup.subtree_control", "+cpu +memory")) {
      return why("cannot enable cpu and memory in " + path);
    }
    path += "/" + part;
    if (!make_directory(path)) return why("cannot make " + path);
  }
  memory_ = open_directory(path);
  cpu_ = open_directory(path);
  if (!memory_ || !put(memory_.get(), "cgroup.subtree_control", "+cpu +memory")) {
    return why("cannot enable cpu and memory in " + path);
  }
  directories_ = {path};
  version_ = 2;
  return {};
}

Result<void> Cgroups::limit_v1(const std::string& name, GroupLimits limits) const {
  if (limits.cpus > 0) {
    if (!put(cpu_.get(), name + "/cpu.cfs_quota_us", std::to_string(quota(limits.cpus)))) {
      return tl::unexpected(cannot("set the cpu quota"));
    }
    const auto shares = std::max<std::int64_t>(limits.cpus * 1024 / 1000, 2);
    if (shares != 1024) put(cpu_.get(), name + "/cpu.shares", std::to_string(shares));
  }
  if (limits.mem > 0) {
    const std::string bytes = std::to_string(limits.mem * 1024 * 1024);
    if (!put(memory_.get(), name + "/memory.limit_in_bytes", bytes)) {
      return tl::unexpected(cannot("set the memory limit"));
    }
    // Absent where the kernel does not account swap.
    put(memory_.get(), name + "/memory.memsw.limit_in_bytes", bytes);
  }
  return {};
}

Result<void> Cgroups::limit_v2(const std::string& name, GroupLimits limits) const {
  if (limits.cpus > 0) {
    const std::string max = std::to_string(quota(limits.cpus)) + " " + std::to_string(period);
    if (!put(cpu_.get(), name + "/cpu.max", max)) {
      return tl::unexpected(cannot("set the cpu quota"));
    }
    const auto weight = std::clamp<std::int64_t>(limits.cpus / 10, 1, 10000);
    put(cpu_.get(), name + "/cpu.weight", std::to_string(weight));
  }
  if (limits.mem > 0) {
    const std::string bytes = std::to_string(limits.mem * 1024 * 1024);
    if (!put(memory_.get(), name + "/memory.max", bytes)) {
      return tl::unexpected(cannot("set the memory limit"));
    }
    put(memory_.get(), name + "/memory.swap.max", "0");
  }
  return {};
}

Result<Group> Cgroups::take(GroupLimits limits) {
  const auto at = std::find_if(kept_.begin(), kept_.end(), [&](const Group& group) {
    return group.limits == limits && is_empty(group.name);
  });
  if (at == kept_.end()) return make(limits);
  Group group = std::move(*at);
  kept_.erase(at);
  return group;
}

Result<Group> Cgroups::make(GroupLimits limits) {
  // A former supervisor's groups may still be there, to be removed: never the same name.
  Group group{.name = std::to_string(getpid()) + "." + std::to_string(++made_), .limits = limits};
  const auto give_up = [&](Error error) {
    remove(group.name);
    return tl::unexpected(std::move(error));
  };
  for (const auto& directory : {&memory_, &cpu_}) {
    if (mkdirat(directory->get(), group.name.c_str(), 0755) != 0) {
      return give_up(cannot("make the cgroup " + group.name));
    }
    if (version_ == 2) break;
  }
  const auto limited = version_ == 1 ? limit_v1(group.name, limits) : limit_v2(group.name, limits);
  if (!limited) return give_up(limited.error());
  const std::string in = group.name + "/";
  // v1: `tasks` lets a single thread in at once; `cgroup.procs` waits for a grace period.
  group.doors[0] = open_at(memory_, in + (version_ == 1 ? "tasks" : "cgroup.procs"), O_WRONLY);
  if (version_ == 1) group.doors[1] = open_at(cpu_, in + "tasks", O_WRONLY);
  if (!group.doors[0] || (version_ == 1 && !group.doors[1])) {
    return give_up(cannot("open the cgroup " + group.name));
  }
  // Meters that this kernel lacks stay closed, and measure nothing.
  const std::string peak = version_ == 1 ? "memory.max_usage_in_bytes" : "memory.peak";
  group.peak = open_at(memory_, in + peak, O_RDWR);
  if (!group.peak) group.peak = open_at(memory_, in + peak, O_RDONLY);
  group.events =
      open_at(memory_, in + (version_ == 1 ? "memory.oom_control" : "memory.events"), O_RDONLY);
  group.cpu = open_at(cpu_, in + (version_ == 1 ? "cpuacct.usage" : "cpu.stat"), O_RDONLY);
  return group;
}

std::optional<std::vector<pid_t>> Cgroups::processes(const Group& group) const {
  return processes(group.name);
}

std::optional<std::vector<pid_t>> Cgroups::processes(const std::string& name) const {
  // Opened anew each time: version 1 keeps the list of a file that stays open.
  const Descriptor file = open_at(memory_, name + "/cgroup.procs", O_RDONLY);
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t n = file ? read(file.get(), buffer.data(), buffer.size()) : -1;
    if (n == 0) break;
    if (n > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (errno == ENOENT || errno == ENODEV) {
      break;  // the group is gone
    } else if (!file || errno != EINTR) {
      return std::nullopt;
    }
  }
  std::vector<pid_t> out;
  std::istringstream in(text);
  for (pid_t pid = 0; in >> pid;) out.push_back(pid);
  return out;
}

bool Cgroups::is_empty(const std::string& name) const {
  const auto members = processes(name);
  return members && members->empty();
}

GroupMeter Cgroups::meter(const Group& group) const {
  GroupMeter out;
  out.oom_kills = keyed(get(group.events), "oom_kill").value_or(0);
  out.max_memory = number(get(group.peak));
  if (group.cpu) {
    const std::string text = get(group.cpu);
    const auto used = version_ == 1 ? number(text) / 1000 : keyed(text, "usage_usec").value_or(0);
    out.cpu_time = std::max<std::int64_t>(used - group.cpu_before, 0);
  }
  return out;
}

void Cgroups::kill(const Group& group) const {
  kill(group.name);
}

void Cgroups::kill(const std::string& name) const {
  if (version_ == 2 && put(memory_.get(), name + "/cgroup.kill", "1")) return;
  // A tree that keeps forking is stopped first, until nobody new appears: it cannot win.
  std::vector<pid_t> known;
  for (int round = 0; round < 50; ++round) {
    auto now = processes(name).value_or(known);
    std::sort(now.begin(), now.end());
    if (now == known) break;
    for (const pid_t pid : now) ::kill(pid, SIGSTOP);
    known = std::move(now);
  }
  for (const pid_t pid : processes(name).value_or(known)) ::kill(pid, SIGKILL);
}

void Cgroups::give_back(Group group, const GroupMeter& meter, std::int64_t cpu_time) {
  // The high-water mark starts anew, where the kernel can do that (v2: Linux 6.12).
  static_cast<void>(!(group.peak && pwrite(group.peak.get(), "0", 1, 0) == 1));
  const bool as_new = meter.oom_kills == 0 &&
                      std::max(cpu_time, meter.cpu_time.value_or(0)) <= used_cpu_max &&
                      number(get(group.peak)) <= left_memory_max;
  if (!as_new) return remove(group.name);
  group.cpu_before += meter.cpu_time.value_or(0);
  kept_.push_front(std::move(group));
  if (kept_.size() <= kept_max) return;
  remove(kept_.back().name);
  kept_.pop_back();
}

void Cgroups::remove(const std::string& name) {
  for (const auto& directory : directories_) janitor_->remove(directory + "/" + name);
}

void Cgroups::sweep(bool remove_instance) {
  if (!usable()) return;
  kept_.clear();
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directories_.back(), ignored)) {
    if (!entry.is_directory(ignored)) continue;
    const std::string name = entry.path().filename();
    for (int i = 0; i < 1000 && !is_empty(name); ++i) {
      kill(name);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  for (const auto& directory : directories_) {
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      if (entry.is_directory(ignored)) janitor_->remove(entry.path());
    }
    if (remove_instance) janitor_->remove(directory);
  }
}

}  // namespace retz::exec
