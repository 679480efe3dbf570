// Amounts and times as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "retz/time.hpp"

namespace retz::engine {

/// 2500 "cpus" is "2.5", 512 "mem" is "512 MiB", 3 "ports" is "3", 500 "gpus.share" is "0.5".
std::string figure(const std::string& resource, std::int64_t amount);
/// "2 GiB less memory", "1.5 cpus less".
std::string less(const std::string& resource, std::int64_t amount);
/// "2026-11-22T14:02:00Z": whole seconds, a started one counted.
std::string utc(Instant time);

}  // namespace retz::engine
