// This machine as a cluster of one node.
//
// What it promises of isolation: cpu and memory of a job are limited, its processes end with it.
// Disk is booked and not enforced. Jobs of one unix user trust each other, as its processes do
// everywhere: give tenants users of their own. Cpu time is measured by control group where the
// machine counts it beside cpu (version 2, or cpuacct in the same mount), else of what the command
// waited for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "retz/cluster.hpp"

namespace retz {

struct LocalOptions {
  std::filesystem::path data = {};  // sandboxes, cache and the supervisor's socket live below it
  std::filesystem::path exec_program = {};  // retz-exec; empty: beside this program, else on PATH
  std::string node = "local";
  std::vector<Attribute> attributes = {};  // of the node; sorted by name, no name twice
  std::optional<std::int64_t>
      cpus;  // thousandths given to jobs; absent: all allowed, less the reserve
  std::optional<std::int64_t> mem = {};   // MiB
  std::optional<std::int64_t> disk = {};  // MiB
  std::int64_t reserve_cpus = 0;          // thousandths kept for the system
  std::int64_t reserve_mem = 512;         // MiB kept for the system
  PortRange ports{31000, 31999};
  std::string unix_user = "nobody";  // for applications that name none
  bool allow_root = false;
  Duration sandbox_max_age = std::chrono::hours(24 * 7);
  double disk_pressure = 0.9;  // above this used share of the file system old sandboxes go first
  std::int64_t cache_max = 10 * 1024;  // MiB of fetched large files
  // For all files of an application together, each time they are fetched for an attempt: beyond
  // either, the fetch has failed.
  std::int64_t fetch_max = 32 * 1024;  // MiB, unpacked; each entry of an archive counts 4 KiB more
  Duration fetch_time_max = std::chrono::hours(2);
};

/// Error: invalid_argument naming the option; io_error; unsupported.
Result<std::unique_ptr<Cluster>> local_cluster(LocalOptions options);

}  // namespace retz
