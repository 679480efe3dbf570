#include "model/gpus.hpp"

#include <algorithm>
#include <cstddef>

namespace retz::model {

namespace {

constexpr std::int32_t whole = 1000;

}  // namespace

bool model_fits(const GpuRequest& request, const Gpu& gpu) {
  return request.models.empty() ||
         std::binary_search(request.models.begin(), request.models.end(), gpu.model);
}

bool asks(const GpuRequest& request) {
  return request.devices > 0 || request.share > 0 || request.all;
}

std::int32_t whole_devices(const GpuRequest& request) {
  return request.all ? std::max(request.devices, 1) : request.devices;
}

bool needs_devices(const GpuRequest& request) {
  return !request.models.empty() || request.all;
}

bool fits(const GpuRequest& request, std::span<const Gpu> gpus,
          std::span<const std::int32_t> free) {
  std::int32_t found = 0;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const bool good = model_fits(request, gpus[i]);
    if (request.share > 0) {
      if (good && free[i] >= request.share) return true;
    } else if (good && free[i] == whole) {
      ++found;
    } else if (request.all) {
      return false;
    }
  }
  return request.share == 0 && found >= whole_devices(request);
}

std::optional<std::vector<GpuShare>> choose(const GpuRequest& request, std::span<const Gpu> gpus,
                                            std::span<const std::int32_t> free) {
  std::vector<GpuShare> chosen;
  if (request.share > 0) {
    std::optional<std::size_t> tightest;
    for (std::size_t i = 0; i < gpus.size(); ++i) {
      if (free[i] < request.share || !model_fits(request, gpus[i])) continue;
      if (!tightest || free[i] < free[*tightest]) tightest = i;
    }
    if (!tightest) return std::nullopt;
    chosen.push_back({static_cast<std::uint32_t>(*tightest), request.share});
    return chosen;
  }
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!request.all && static_cast<std::int32_t>(chosen.size()) == request.devices) break;
    if (free[i] == whole && model_fits(request, gpus[i])) {
      chosen.push_back({static_cast<std::uint32_t>(i), whole});
    }
  }
  const auto count = static_cast<std::int32_t>(chosen.size());
  if (count < whole_devices(request)) return std::nullopt;
  if (request.all && chosen.size() < gpus.size()) return std::nullopt;
  return chosen;
}

std::int64_t whole_free(std::span<const std::int32_t> free) {
  return std::count(free.begin(), free.end(), whole);
}

std::int64_t largest_share(std::span<const std::int32_t> free) {
  const auto most = std::max_element(free.begin(), free.end());
  return most == free.end() ? 0 : *most;
}

}  // namespace retz::model
