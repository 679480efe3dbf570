// What machines have and jobs ask for. Exact integers: no floating point in accounting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "retz/time.hpp"

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
  bool all = false;                      // every device of the node, at least max(devices, 1)
  friend auto operator<=>(const GpuRequest&, const GpuRequest&) = default;
};

/// What a node is like, in the words of who runs it: "rack" = "r7". Every node has the attribute
/// `node`, its name.
struct Attribute {
  std::string name = {};
  std::string value = {};
  friend auto operator<=>(const Attribute&, const Attribute&) = default;
};

/// What a node must be like. A node without the attribute meets `not_equals` only.
struct Constraint {
  enum class Kind : std::uint8_t {
    equals,
    not_equals,
    matches,  // a shell pattern over the whole value: * ? [a-z]
    in,       // one of the values
  };
  std::string attribute = {};
  Kind kind = Kind::equals;
  std::vector<std::string> values = {};  // exactly one; of `in` one or more, sorted
  friend auto operator<=>(const Constraint&, const Constraint&) = default;
};

/// Nodes that meet all constraints are taken while there is patience; afterwards any will do,
/// preferred ones first.
struct Preference {
  std::vector<Constraint> constraints = {};
  Duration patience{0};  // since the job could have started
  friend auto operator<=>(const Preference&, const Preference&) = default;
};

/// Live attempts of one group are spread over the values of an attribute: a value may have at most
/// `skew` more of them than the value that has the fewest, among the nodes that could take the job
/// when empty. Nodes without the attribute take none.
struct Spread {
  std::string attribute = {};
  std::string group = {};  // a name of the user's choice; groups of two users are two groups
  std::int32_t skew = 1;   // 1 or more
  friend auto operator<=>(const Spread&, const Spread&) = default;
};

/// What one job asks of one node: jobs with equal requests fit alike.
struct Request {
  Amounts amounts = {};
  std::int32_t ports = 0;  // how many; the numbers are given with the placement
  GpuRequest gpus = {};
  std::vector<Constraint> constraints = {};  // all are met; sorted
  std::optional<Preference> preference = {};
  std::optional<Spread> spread = {};
  friend auto operator<=>(const Request&, const Request&) = default;
};

/// What a lease holds.
struct Capacity {
  Amounts amounts = {};
  std::vector<PortRange> ports = {};       // sorted, disjoint
  std::vector<Gpu> gpus = {};              // a placement names devices by their index here
  std::vector<Attribute> attributes = {};  // of the node; sorted by name, no name twice
  friend auto operator<=>(const Capacity&, const Capacity&) = default;
};

/// A device, or a part of one, given to an attempt.
struct GpuShare {
  std::uint32_t device = 0;    // index into the node's Capacity::gpus
  std::int32_t amount = 1000;  // thousandths
  friend auto operator<=>(const GpuShare&, const GpuShare&) = default;
};

/// A time in which a node is worked on: [from, until).
struct MaintenanceWindow {
  Instant from{};
  Instant until{};
  friend auto operator<=>(const MaintenanceWindow&, const MaintenanceWindow&) = default;
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
