// Control groups, version 1 or 2, whichever the machine has: limits of a job, and who belongs to
// it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <list>
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
  friend bool operator==(GroupLimits, GroupLimits) = default;
};

struct GroupMeter {
  std::int64_t oom_kills = 0;
  std::int64_t max_memory = 0;           // bytes; 0: not measured
  std::optional<std::int64_t> cpu_time;  // microseconds; absent: not measured here
};

/// The group of one job at a time: its files stay open, because a short job would pay more for
/// opening them than for itself.
struct Group {
  std::string name = {};
  GroupLimits limits = {};
  std::array<launch::Descriptor, 2> doors = {};  // a process that writes "0" to them is inside
  launch::Descriptor peak = {}, events = {};
  launch::Descriptor cpu = {};  // v1: only where cpuacct shares the mount
  std::int64_t cpu_before = 0;  // microseconds that earlier jobs used
};

/// The tree <mount>/retz/<instance>/, one group a job; only its cpu and memory controllers, because
/// every further one costs a short job a good part of itself. A group that its job leaves as good
/// as new is kept for the next one with the same limits: making and removing groups costs more
/// than a short job, and removed ones burden the kernel for as long as their page cache lives.
/// Threads: one.
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

  /// An empty group with these limits, new or kept.
  Result<Group> take(GroupLimits limits);
  /// Nothing: unknown, because they could not be read (no free descriptor).
  std::optional<std::vector<pid_t>> processes(const Group& group) const;
  /// Of this job alone; the memory of a kept group may count up to a MiB of an earlier one.
  GroupMeter meter(const Group& group) const;
  /// KILL to all. More may be born meanwhile: repeat until processes() is empty.
  void kill(const Group& group) const;
  /// Requires: empty. `meter` is what the job left, `cpu_time` what is known otherwise of what it
  /// used, in microseconds. Removal is done by another thread: it may take milliseconds.
  void give_back(Group group, const GroupMeter& meter, std::int64_t cpu_time);
  /// Ends and removes every group of the instance, and the instance's own with them.
  void sweep(bool remove_instance);

 private:
  Cgroups();
  std::string try_v1(const std::string& instance);
  std::string try_v2(const std::string& instance);
  Result<void> limit_v1(const std::string& name, GroupLimits limits) const;
  Result<void> limit_v2(const std::string& name, GroupLimits limits) const;
  Result<Group> make(GroupLimits limits);
  void remove(const std::string& name);
  std::optional<std::vector<pid_t>> processes(const std::string& name) const;
  bool is_empty(const std::string& name) const;  // for certain
  void kill(const std::string& name) const;

  int version_ = 0;  // 0: not usable
  std::string confinement_;
  launch::Descriptor cpu_, memory_;       // the instance's directories; v2: the same one
  std::vector<std::string> directories_;  // their paths
  std::list<Group> kept_;                 // the last one used first
  std::uint64_t made_ = 0;                // names the next one
  std::unique_ptr<Janitor> janitor_;
};

}  // namespace retz::exec
