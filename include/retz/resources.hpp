// What machines have and jobs ask for. Exact integers: no floating point in accounting.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retz {

/// A scalar resource of one's own ("licences", "scratch_gb"), in thousandths.
struct CustomAmount {
  std::string name = {};
  std::int64_t amount = 0;
  friend auto operator<=>(const CustomAmount&, const CustomAmount&) = default;
};

/// Divisible resources. Never negative where they are a capacity or a request.
struct Amounts {
  std::int64_t cpus = 0;  // thousandths of a cpu; one cpu = one hardware thread (PU)
  std::int64_t mem = 0;   // MiB
  std::int64_t disk = 0;  // MiB
  std::vector<CustomAmount> custom = {};  // sorted by name, no name twice, no zero amounts
  friend auto operator<=>(const Amounts&, const Amounts&) = default;
};

/// Ports first..last, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend auto operator<=>(const PortRange&, const PortRange&) = default;
};

/// A device of a node. Each has 1000 thousandths to give.
struct Gpu {
  std::string id = {};  // as the node's driver names it
  std::string model = {};
  int numa_node = -1;  // OS index of its NUMA node; -1: unknown
  friend auto operator<=>(const Gpu&, const Gpu&) = default;
};

/// Whole devices, or a share of a single one; never both.
struct GpuRequest {
  std::int32_t devices = 0;              // whole devices
  std::int32_t share = 0;                // thousandths of one device, 1..999; 0: no share
  std::vector<std::string> models = {};  // sorted; empty: any model
  friend auto operator<=>(const GpuRequest&, const GpuRequest&) = default;
};

/// What one job asks of one node.
struct Request {
  Amounts amounts = {};
  std::int32_t ports = 0;  // how many; the numbers are given with the placement
  GpuRequest gpus = {};
  friend auto operator<=>(const Request&, const Request&) = default;
};

/// What a lease holds.
struct Capacity {
  Amounts amounts = {};
  std::vector<PortRange> ports = {};  // sorted, disjoint
  std::vector<Gpu> gpus = {};         // a placement names devices by their index here
  friend auto operator<=>(const Capacity&, const Capacity&) = default;
};

/// A device, or a part of one, given to an attempt.
struct GpuShare {
  std::uint32_t device = 0;    // index into the node's Capacity::gpus
  std::int32_t amount = 1000;  // thousandths
  friend auto operator<=>(const GpuShare&, const GpuShare&) = default;
};

/// Exactly what an attempt was given, and where.
struct Placement {
  std::string node = {};
  Amounts amounts = {};
  std::vector<std::uint16_t> ports = {};  // ascending; PORT0 is the first
  std::vector<GpuShare> gpus = {};        // ascending by device
  friend auto operator<=>(const Placement&, const Placement&) = default;
};

}  // namespace retz
