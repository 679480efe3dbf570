// Decimal text to exact integers and back: amounts never pass through floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace retz::json {

enum class DecimalFault : std::uint8_t {
  none,
  malformed,  // not a decimal number
  too_fine,   // not a whole number of the unit
  too_large,  // beyond 64 bits
};

/// The value of `text` ("-1.5", "2e3") times `unit`, exactly. Requires: unit > 0.
DecimalFault scaled(std::string_view text, std::int64_t unit, std::int64_t& out) noexcept;

/// `value` divided by 10^places, without needless zeros: (1500, 3) is "1.5".
void append_decimal(std::string& out, std::int64_t value, int places);

}  // namespace retz::json
