#include "mesos/resource.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "mesos/json_members.hpp"
#include "model/ports.hpp"

namespace retz::mesos {
namespace {

constexpr std::int64_t mib = 1000;  // thousandths

std::int64_t whole(std::int64_t thousandths) {
  return thousandths / 1000;
}

bool is_ours_by_name(const std::string& name) {
  return name == "cpus" || name == "mem" || name == "disk" || name == "gpus" || name == "ports";
}

std::string scalar_json(const Resource& from, std::int64_t thousandths) {
  return R"({"name":)" + json_string(from.name) + R"(,"type":"SCALAR","scalar":{"value":)" +
         decimal(thousandths) + "}" + from.belonging + "}";
}

std::string port_json(const Resource& from, const std::vector<Range>& ranges) {
  std::string out = R"({"name":"ports","type":"RANGES","ranges":{"range":[)";
  for (const Range& range : ranges) {
    if (out.back() == '}') out += ',';
    out += R"({"begin":)" + std::to_string(range.begin) + R"(,"end":)" + std::to_string(range.end) +
           "}";
  }
  return out + "]}" + from.belonging + "}";
}

/// Works on a copy, which replaces the original once all was there.
class Taking {
 public:
  explicit Taking(std::vector<Resource> left) : left_(std::move(left)) {
    std::stable_partition(left_.begin(), left_.end(),
                          [](const Resource& resource) { return resource.reserved; });
  }

  bool scalar(const std::string& name, std::int64_t wanted) {
    for (Resource& resource : left_) {
      if (wanted == 0) return true;
      if (resource.name != name || resource.scalar <= 0) continue;
      const std::int64_t taken = std::min(wanted, resource.scalar);
      resource.scalar -= taken;
      wanted -= taken;
      add(scalar_json(resource, taken));
    }
    return wanted == 0;
  }

  bool ports(const std::vector<std::uint16_t>& wanted) {
    std::size_t found = 0;
    for (Resource& resource : left_) {
      if (resource.name != "ports") continue;
      std::vector<Range> taken;
      for (const std::uint16_t port : wanted) {
        if (!remove(resource.ranges, port)) continue;
        ++found;
        if (!taken.empty() && taken.back().end + 1 == port) {
          taken.back().end = port;
        } else {
          taken.push_back({port, port});
        }
      }
      if (!taken.empty()) add(port_json(resource, taken));
    }
    return found == wanted.size();
  }

  std::vector<Resource> left() { return std::move(left_); }
  std::string json() const { return "[" + json_ + "]"; }

 private:
  void add(const std::string& object) {
    if (!json_.empty()) json_ += ',';
    json_ += object;
  }

  static bool remove(std::vector<Range>& ranges, std::uint64_t port) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      Range& range = ranges[i];
      if (port < range.begin || port > range.end) continue;
      const Range above{port + 1, range.end};
      const bool below = port > range.begin;
      if (below) range.end = port - 1;
      if (above.begin <= above.end) {
        const auto at = ranges.begin() + static_cast<std::ptrdiff_t>(i);
        below ? static_cast<void>(ranges.insert(at + 1, above)) : static_cast<void>(*at = above);
      } else if (!below) {
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(i));
      }
      return true;
    }
    return false;
  }

  std::vector<Resource> left_;
  std::string json_;
};

}  // namespace

std::string decimal(std::int64_t thousandths) {
  std::string out = std::to_string(thousandths / 1000);
  std::string rest = std::to_string(1000 + thousandths % 1000).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return rest.empty() ? out : out + "." + rest;
}

Capacity capacity_of(std::span<const Resource> resources) {
  Capacity out;
  std::int64_t mem = 0, disk = 0, gpus = 0;
  std::map<std::string, std::int64_t> custom;
  const auto add = [](std::int64_t& sum, std::int64_t more) {
    sum = std::min(sum + more, std::numeric_limits<std::int64_t>::max() / 4);
  };
  std::vector<PortRange> ports;
  for (const Resource& resource : resources) {
    if (resource.name == "cpus") add(out.amounts.cpus, resource.scalar);
    if (resource.name == "mem") add(mem, resource.scalar);
    if (resource.name == "disk") add(disk, resource.scalar);
    if (resource.name == "gpus") add(gpus, resource.scalar);
    if (!is_ours_by_name(resource.name)) add(custom[resource.name], resource.scalar);
    for (const Range& range : resource.ranges) {
      if (range.begin > 65535 || range.end < range.begin) continue;
      ports.push_back({static_cast<std::uint16_t>(std::max<std::uint64_t>(range.begin, 1)),
                       static_cast<std::uint16_t>(std::min<std::uint64_t>(range.end, 65535))});
    }
  }
  out.amounts.mem = whole(mem);
  out.amounts.disk = whole(disk);
  for (auto& [name, amount] : custom) {
    if (amount > 0) out.amounts.custom.push_back({name, amount});
  }
  out.ports = model::PortSet(ports).ranges();
  constexpr std::int64_t gpus_max = 1024;  // of one machine
  for (std::int64_t i = 0; i < std::min(whole(gpus), gpus_max); ++i) {
    out.gpus.push_back({.id = std::to_string(i), .model = {}, .numa_node = -1});
  }
  return out;
}

std::optional<std::string> take(std::vector<Resource>& resources, const Placement& placement) {
  Taking taking(resources);
  const Amounts& amounts = placement.amounts;
  bool all = taking.scalar("cpus", amounts.cpus) && taking.scalar("mem", amounts.mem * mib) &&
             taking.scalar("disk", amounts.disk * mib) &&
             taking.scalar("gpus", static_cast<std::int64_t>(placement.gpus.size()) * 1000);
  for (const CustomAmount& custom : amounts.custom) {
    all = all && taking.scalar(custom.name, custom.amount);
  }
  if (!all || !taking.ports(placement.ports)) return std::nullopt;
  resources = taking.left();
  return taking.json();
}

}  // namespace retz::mesos
