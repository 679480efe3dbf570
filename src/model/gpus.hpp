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
/// How many whole devices there must be: of `all`, at least one.
std::int32_t whole_devices(const GpuRequest& request);
/// Whether a device may be given, free or not.
bool model_fits(const GpuRequest& request, const Gpu& gpu);
/// Whether choose() would find something, when only the sums in a row are known to suffice: more
/// must be looked at where models are named or all devices are asked for.
bool needs_devices(const GpuRequest& request);
/// Whether it fits, without the answer.
bool fits(const GpuRequest& request, std::span<const Gpu> gpus, std::span<const std::int32_t> free);
/// Whole devices: the lowest free ones; `all`: all that there are, each free and of a model that is
/// asked for. A share: the device with the least free that suffices, so
/// that whole devices stay whole; of equal ones the lowest. Empty: it does not fit.
std::optional<std::vector<GpuShare>> choose(const GpuRequest& request, std::span<const Gpu> gpus,
                                            std::span<const std::int32_t> free);
std::int64_t whole_free(std::span<const std::int32_t> free);
std::int64_t largest_share(std::span<const std::int32_t> free);

}  // namespace retz::model
