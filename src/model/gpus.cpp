#include "model/gpus.hpp"

#include <algorithm>
#include <cstddef>

namespace retz::model {

namespace {

constexpr std::int32_t whole = 1000;

bool model_fits(const GpuRequest& request, const Gpu& gpu) {
  return request.models.empty() ||
         std::binary_search(request.models.begin(), request.models.end(), gpu.model);
}

}  // namespace

bool asks(const GpuRequest& request) {
  return request.devices > 0 || request.share > 0;
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
    if (static_cast<std::int32_t>(chosen.size()) == request.devices) break;
    if (free[i] == whole && model_fits(request, gpus[i])) {
      chosen.push_back({static_cast<std::uint32_t>(i), whole});
    }
  }
  if (static_cast<std::int32_t>(chosen.size()) < request.devices) return std::nullopt;
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
