#include "topology/discover.hpp"

#include <hwloc.h>
#include <hwloc/distances.h>
#include <sched.h>

#include <algorithm>
#include <memory>

namespace retz::topology {
namespace {

struct Destroy {
  void operator()(hwloc_topology_t t) const { hwloc_topology_destroy(t); }
};
using Handle = std::unique_ptr<hwloc_topology, Destroy>;

Handle make() {
  hwloc_topology_t raw = nullptr;
  return Handle(hwloc_topology_init(&raw) == 0 ? raw : nullptr);
}

int nearest_node(const hwloc_obj* object) {
  if (object->nodeset == nullptr) return -1;
  return hwloc_bitmap_first(object->nodeset);
}

int package_of(hwloc_obj_t object) {
  for (; object != nullptr; object = object->parent) {
    if (object->type == HWLOC_OBJ_PACKAGE) return static_cast<int>(object->logical_index);
  }
  return 0;
}

void add_core(hwloc_obj_t object, const cpu_set_t* affinity, Topology& out) {
  Core core{
      .package = package_of(object), .numa_node = nearest_node(object), .processing_units = {}};
  for (int index = hwloc_bitmap_first(object->cpuset); index >= 0;
       index = hwloc_bitmap_next(object->cpuset, index)) {
    if (affinity != nullptr && !CPU_ISSET(static_cast<std::size_t>(index), affinity)) continue;
    core.processing_units.push_back(index);
  }
  if (core.processing_units.empty()) return;
  out.processing_units += static_cast<std::uint32_t>(core.processing_units.size());
  out.cores.push_back(std::move(core));
}

void add_distances(hwloc_topology_t topology, Topology& out) {
  unsigned count = 1;
  hwloc_distances_s* matrix = nullptr;
  if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &count, &matrix,
                                  HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) != 0 ||
      count == 0 || matrix == nullptr) {
    return;
  }
  const std::size_t n = matrix->nbobjs;
  if (n == out.numa_nodes.size()) {
    out.distances.assign(n, std::vector<std::uint64_t>(n));
    const auto place = [&](std::size_t i) {
      const int os_index = static_cast<int>(matrix->objs[i]->os_index);
      const auto at = std::find_if(out.numa_nodes.begin(), out.numa_nodes.end(),
                                   [&](const NumaNode& node) { return node.os_index == os_index; });
      return static_cast<std::size_t>(at - out.numa_nodes.begin());
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        out.distances.at(place(i)).at(place(j)) = matrix->values[i * n + j];
      }
    }
  }
  hwloc_distances_release(topology, matrix);
}

/// Keyed by OS index throughout: hwloc's logical ones change with memory-only nodes.
Topology copy(hwloc_topology_t topology, const cpu_set_t* affinity) {
  Topology out;
  for (hwloc_obj_t node = nullptr;
       (node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
    const auto bytes = static_cast<std::int64_t>(node->attr->numanode.local_memory);
    out.numa_nodes.push_back({.os_index = static_cast<int>(node->os_index), .mem = bytes >> 20});
    out.mem += bytes >> 20;
  }
  std::sort(out.numa_nodes.begin(), out.numa_nodes.end());
  const auto unit =
      hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
  for (hwloc_obj_t core = nullptr;
       (core = hwloc_get_next_obj_by_type(topology, unit, core)) != nullptr;) {
    add_core(core, affinity, out);
  }
  add_distances(topology, out);
  return out;
}

}  // namespace

Result<Topology> discover() {
  const Handle handle = make();
  if (!handle || hwloc_topology_load(handle.get()) != 0) {
    return fail(Errc::io_error, "hwloc cannot read this machine's topology");
  }
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  const bool known = sched_getaffinity(0, sizeof affinity, &affinity) == 0;
  auto out = copy(handle.get(), known ? &affinity : nullptr);
  if (out.processing_units == 0) return fail(Errc::io_error, "no processing unit may be used");
  return out;
}

Result<Topology> from_synthetic(const std::string& description) {
  const Handle handle = make();
  if (!handle || hwloc_topology_set_synthetic(handle.get(), description.c_str()) != 0 ||
      hwloc_topology_load(handle.get()) != 0) {
    return fail(Errc::invalid_argument, "not a synthetic topology: \"" + description + "\"");
  }
  return copy(handle.get(), nullptr);
}

}  // namespace retz::topology
