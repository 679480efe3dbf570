// Which devices of a node a request gets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "retz/resources.hpp"

namespace retz::model {

/// What is free of each device, in thousandths.
using GpuFree = std::vector<std::int32_t>;

bool asks(const GpuRequest& request);
/// Whole devices: the lowest free ones. A share: the device with the least free that suffices, so
/// that whole devices stay whole; of equal ones the lowest. Empty: it does not fit.
std::optional<std::vector<GpuShare>> choose(const GpuRequest& request, std::span<const Gpu> gpus,
                                            std::span<const std::int32_t> free);
std::int64_t whole_free(std::span<const std::int32_t> free);
std::int64_t largest_share(std::span<const std::int32_t> free);

}  // namespace retz::model
