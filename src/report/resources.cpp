// The resources that the nodes of a run have, by name.
#include "report/resources.hpp"

#include <map>
#include <utility>

namespace retz::report {
namespace {

double amount_in(const Amounts& amounts, const Resource& resource) {
  switch (resource.kind) {
    case Resource::Kind::cpus:
      return static_cast<double>(amounts.cpus);
    case Resource::Kind::mem:
      return static_cast<double>(amounts.mem);
    case Resource::Kind::disk:
      return static_cast<double>(amounts.disk);
    case Resource::Kind::custom:
      for (const CustomAmount& custom : amounts.custom) {
        if (custom.name == resource.name) return static_cast<double>(custom.amount);
      }
      return 0;
    case Resource::Kind::gpus:
      return 0;
  }
  return 0;
}

}  // namespace

std::vector<Resource> resources_of(const std::vector<SimulatedNode>& nodes) {
  std::vector<Resource> all = {{Resource::Kind::cpus, "cpus", 0},
                               {Resource::Kind::mem, "mem", 0},
                               {Resource::Kind::disk, "disk", 0},
                               {Resource::Kind::gpus, "gpus", 0}};
  std::map<std::string, double> custom;
  for (const SimulatedNode& node : nodes) {
    for (Resource& resource : all) {
      resource.capacity += amount_in(node.capacity.amounts, resource);
    }
    all[3].capacity += 1000.0 * static_cast<double>(node.capacity.gpus.size());
    for (const CustomAmount& amount : node.capacity.amounts.custom) {
      custom[amount.name] += static_cast<double>(amount.amount);
    }
  }
  for (const auto& [name, capacity] : custom) {
    all.push_back({Resource::Kind::custom, name, capacity});
  }
  std::erase_if(all, [](const Resource& resource) { return resource.capacity <= 0; });
  return all;
}

double amount_of(const Request& request, const Resource& resource, const Capacity& node) {
  if (resource.kind != Resource::Kind::gpus) return amount_in(request.amounts, resource);
  if (request.gpus.all) return 1000.0 * static_cast<double>(node.gpus.size());
  return 1000.0 * request.gpus.devices + request.gpus.share;
}

}  // namespace retz::report
