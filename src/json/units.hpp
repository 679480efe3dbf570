// Amounts of time and memory as people write them.
#pragma once

#include <cstdint>
#include <string_view>

namespace retz::json {

/// "90", "1.5m", "250ms": microseconds. False: not a duration, or finer than that.
bool read_duration(std::string_view text, std::int64_t& out) noexcept;
/// "512", "1.5GiB": MiB. False: not an amount, or not a whole number of MiB.
bool read_mebibytes(std::string_view text, std::int64_t& out) noexcept;

}  // namespace retz::json
