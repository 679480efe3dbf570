// Devices as the NVIDIA kernel driver lists them: /proc/driver/nvidia/gpus/<pci>/information.
#include <algorithm>
#include <fstream>
#include <string>

#include "topology/capacity.hpp"

namespace retz::topology {
namespace {

namespace fs = std::filesystem;

/// "Model: \t\t NVIDIA H200" -> "NVIDIA H200" for "Model".
std::string field(const fs::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name + ":")) continue;
    const auto start = line.find_first_not_of(" \t", name.size() + 1);
    const auto end = line.find_last_not_of(" \t");
    return start == std::string::npos ? std::string() : line.substr(start, end - start + 1);
  }
  return {};
}

}  // namespace

std::vector<Gpu> find_gpus(const fs::path& root) {
  std::vector<fs::path> devices;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root / "proc/driver/nvidia/gpus", none)) {
    devices.push_back(entry.path());
  }
  std::sort(devices.begin(), devices.end());  // by PCI address, the driver's own order
  std::vector<Gpu> out;
  for (const auto& device : devices) {
    Gpu gpu;
    gpu.id = field(device / "information", "GPU UUID");
    gpu.model = field(device / "information", "Model");
    if (gpu.id.empty()) gpu.id = device.filename();
    std::ifstream node(root / "sys/bus/pci/devices" / device.filename() / "numa_node");
    if (!(node >> gpu.numa_node)) gpu.numa_node = -1;
    out.push_back(std::move(gpu));
  }
  return out;
}

}  // namespace retz::topology
