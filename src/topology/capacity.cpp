#include "topology/capacity.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "topology/discover.hpp"

namespace retz::topology {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> read_limit(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text)) return std::nullopt;
  std::int64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  // "max", and version 1's way to say it: the largest page-aligned number.
  if (error != std::errc() || bytes >= (std::int64_t{1} << 60)) return std::nullopt;
  return bytes >> 20;
}

std::int64_t total_memory() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  std::int64_t kib = 0;
  in >> name >> kib;
  return name == "MemTotal:" ? kib / 1024 : 0;
}

tl::unexpected<Error> wrong(const std::string& field, const std::string& message) {
  return fail(Errc::invalid_argument, field + ": " + message, field);
}

Result<std::int64_t> choose(const std::string& name, std::optional<std::int64_t> wanted,
                            std::int64_t present, std::int64_t reserve, const std::string& unit) {
  if (reserve < 0) return wrong("reserve_" + name, "cannot be negative");
  if (!wanted) {
    if (present - reserve > 0) return present - reserve;
    return wrong("reserve_" + name, "a reserve of " + std::to_string(reserve) + unit +
                                        " leaves nothing of " + std::to_string(present) + unit);
  }
  if (*wanted > 0) return *wanted;
  return wrong(name, "must be above 0, is " + std::to_string(*wanted) + unit);
}

}  // namespace

std::optional<std::int64_t> cgroup_memory_limit(const fs::path& root, const fs::path& proc_cgroup) {
  std::optional<std::int64_t> least;
  std::ifstream in(proc_cgroup);
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool v1 = controllers == "memory";
    if (!v1 && !controllers.empty()) continue;
    const fs::path base = v1 ? root / "memory" : root;
    for (fs::path at = line.substr(second + 1);; at = at.parent_path()) {
      const auto limit =
          read_limit(base / at.relative_path() / (v1 ? "memory.limit_in_bytes" : "memory.max"));
      if (limit && (!least || *limit < *least)) least = limit;
      if (at.relative_path().empty()) break;
    }
  }
  return least;
}

Result<Machine> this_machine(const fs::path& sandboxes) {
  auto found = discover();
  if (!found) return tl::unexpected(found.error());
  Machine out;
  out.cpus = std::int64_t{found->processing_units} * 1000;
  out.mem = total_memory();
  if (out.mem == 0) out.mem = found->mem;
  if (const auto limit = cgroup_memory_limit("/sys/fs/cgroup", "/proc/self/cgroup")) {
    out.mem = std::min(out.mem, *limit);
  }
  struct statvfs disk = {};
  if (statvfs(sandboxes.c_str(), &disk) != 0) {
    return fail(Errc::io_error,
                "cannot ask for the size of " + sandboxes.string() + ": " + std::strerror(errno));
  }
  out.disk = static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize >> 20U);
  out.gpus = find_gpus("/");
  out.topology = std::move(*found);
  return out;
}

Result<Capacity> capacity(const Machine& machine, const Share& share) {
  Capacity out;
  const auto cpus = choose("cpus", share.cpus, machine.cpus, share.reserve_cpus, " thousandths");
  if (!cpus) return tl::unexpected(cpus.error());
  const auto mem = choose("mem", share.mem, machine.mem, share.reserve_mem, " MiB");
  if (!mem) return tl::unexpected(mem.error());
  const auto disk = choose("disk", share.disk, std::max<std::int64_t>(machine.disk, 1), 0, " MiB");
  if (!disk) return tl::unexpected(disk.error());
  if (*mem > machine.mem) {
    return wrong("mem", std::to_string(*mem) + " MiB is more than this machine's " +
                            std::to_string(machine.mem) + " MiB");
  }
  if (share.disk && *disk > machine.disk) {
    return wrong("disk", std::to_string(*disk) + " MiB is more than the " +
                             std::to_string(machine.disk) + " MiB available");
  }
  if (share.ports.first == 0 || share.ports.first > share.ports.last) {
    return wrong("ports", "must be a range first-last with 1 <= first <= last");
  }
  out.amounts = {.cpus = *cpus, .mem = *mem, .disk = *disk, .custom = {}};
  out.ports = {share.ports};
  out.gpus = machine.gpus;
  return out;
}

}  // namespace retz::topology
