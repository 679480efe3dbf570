// What this machine can give to jobs.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "retz/resources.hpp"
#include "retz/result.hpp"
#include "retz/topology.hpp"

namespace retz::topology {

struct Machine {
  Topology topology;
  std::int64_t cpus = 0;  // thousandths
  std::int64_t mem = 0;   // MiB: the least of RAM and the memory limits of our own cgroups
  std::int64_t disk = 0;  // MiB available on the file system of the path
  std::vector<Gpu> gpus;
};

/// Error: io_error.
Result<Machine> this_machine(const std::filesystem::path& sandboxes);

/// What an operator wants instead, and what stays with the system.
struct Share {
  std::optional<std::int64_t> cpus, mem, disk;  // absent: all, less the reserve
  std::int64_t reserve_cpus = 0, reserve_mem = 0;
  PortRange ports;
};

/// Error: invalid_argument naming the option. More cpus than there are may be given out (they are
/// shared), more memory or disk may not.
Result<Capacity> capacity(const Machine& machine, const Share& share);

/// The least memory limit along a cgroup path; nothing when unlimited. `root`: where cgroups are
/// mounted. MiB.
std::optional<std::int64_t> cgroup_memory_limit(const std::filesystem::path& root,
                                                const std::filesystem::path& proc_cgroup);

/// NVIDIA devices, as their kernel driver lists them. `root`: "/" but in tests.
std::vector<Gpu> find_gpus(const std::filesystem::path& root);

}  // namespace retz::topology
