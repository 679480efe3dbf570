// Amounts as people write them: for refusals and explanations.
#pragma once

#include <cstdint>
#include <string>

namespace retz::engine {

/// 2500 "cpus" is "2.5", 512 "mem" is "512 MiB", 3 "ports" is "3", 500 "gpus.share" is "0.5".
std::string figure(const std::string& resource, std::int64_t amount);

}  // namespace retz::engine
