// Control groups, version 1 or 2, whichever the machine has: limits of a job, and who belongs to
// it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launch/descriptor.hpp"
#include "retz/result.hpp"

namespace retz::exec {

class Janitor;

struct GroupLimits {
  std::int64_t cpus = 0;  // thousandths; a quota, and the weight among those that compete
  std::int64_t mem = 0;   // MiB, swap included; 0: none
};

struct GroupMeter {
  std::int64_t oom_kills = 0;
  std::int64_t max_memory = 0;           // bytes; 0: not measured
  std::optional<std::int64_t> cpu_time;  // microseconds; absent: not measured here
};

/// The tree <mount>/retz/<instance>/, one group a job; only its cpu and memory controllers, because
/// every further one costs a short job more than the job itself. Threads: one.
class Cgroups {
 public:
  /// Takes what the machine allows. `instance` is unique to a data directory.
  static Cgroups open(const std::string& instance, bool wanted);
  Cgroups(Cgroups&&) noexcept;
  Cgroups& operator=(Cgroups&&) noexcept;
  ~Cgroups();

  bool usable() const { return version_ != 0; }
  /// "cgroup-v1 cpu,memory", or "rlimits: <why>".
  const std::string& confinement() const { return confinement_; }

  /// A group with these limits; the returned doors let a process in that writes "0" to them.
  Result<std::array<launch::Descriptor, 2>> create(const std::string& name, GroupLimits limits);
  std::vector<pid_t> processes(const std::string& name) const;
  GroupMeter meter(const std::string& name) const;
  /// KILL to all. More may be born meanwhile: repeat until processes() is empty.
  void kill(const std::string& name) const;
  /// Requires: empty. Done by another thread: it may take milliseconds.
  void remove(const std::string& name);
  /// Ends and removes every group of the instance, and the instance's own with them.
  void sweep(bool remove_instance);

 private:
  Cgroups();
  std::string try_v1(const std::string& instance);
  std::string try_v2(const std::string& instance);
  Result<void> limit_v1(const std::string& name, GroupLimits limits) const;
  Result<void> limit_v2(const std::string& name, GroupLimits limits) const;

  int version_ = 0;  // 0: not usable
  std::string confinement_;
  launch::Descriptor cpu_, memory_;       // the instance's directories; v2: the same one
  std::vector<std::string> directories_;  // their paths
  std::unique_ptr<Janitor> janitor_;
};

}  // namespace retz::exec
