// What the readers of text share: lines, exact decimals, and what becomes of a line that cannot be
// read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "retz/workload.hpp"

namespace retz::workload {

inline constexpr std::size_t text_limit = std::size_t{1} << 30U;

/// The first line of `text`, without its end, which is taken off.
std::string_view next_line(std::string_view& text);

/// "12", "0.25" times `unit`, exactly. False: no decimal number, finer than the unit, or 10^18 and
/// beyond. Requires: unit a power of ten.
bool read_decimal(std::string_view text, std::int64_t unit, std::int64_t& out);
/// The reverse: `value` / 10^places, without needless zeros.
void append_decimal(std::string& out, std::int64_t value, int places);
inline void append_seconds(std::string& out, Duration time) {
  append_decimal(out, time.count(), 6);
}

/// Counts and keeps what is wrong with a line. Error: the line, where such lines are refused.
Result<void> note(Workload& workload, Malformed treatment, WorkloadProblem problem);

}  // namespace retz::workload
