// Lines of text and the exact decimals in them: no amount passes through floating point.
#include "workload/lines.hpp"

#include <utility>

namespace retz::workload {
namespace {

constexpr std::int64_t value_max = 1'000'000'000'000'000'000;
constexpr std::size_t problems_max = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool read_decimal(std::string_view text, std::int64_t unit, std::int64_t& out) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;
  std::size_t digits = 0;
  std::size_t at = 0;
  const auto take = [&](int digit) {
    value = value * 10 + digit;
    return value < value_max;
  };
  for (; at < text.size() && is_digit(text[at]); ++at, ++digits) {
    if (!take(text[at] - '0')) return false;
  }
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at, ++digits) {
      if (unit == 1 && text[at] != '0') return false;
      if (unit == 1) continue;
      unit /= 10;
      if (!take(text[at] - '0')) return false;
    }
  }
  if (digits == 0 || at != text.size() || value > value_max / unit) return false;
  out = negative ? -value * unit : value * unit;
  return true;
}

void append_decimal(std::string& out, std::int64_t value, int places) {
  std::int64_t unit = 1;
  for (int i = 0; i < places; ++i) unit *= 10;
  if (value < 0) out += '-';
  const auto size = static_cast<std::uint64_t>(value < 0 ? -value : value);
  const auto whole = static_cast<std::uint64_t>(unit);
  out += std::to_string(size / whole);
  std::uint64_t rest = size % whole;
  if (rest == 0) return;
  std::string digits = std::to_string(whole + rest).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  out += '.' + digits;
}

Result<void> note(Workload& workload, Malformed treatment, WorkloadProblem problem) {
  if (treatment == Malformed::refused) {
    return fail(Errc::invalid_argument,
                "line " + std::to_string(problem.line) + ": " + problem.message);
  }
  ++workload.dropped;
  if (workload.malformed.size() < problems_max) {
    workload.malformed.push_back(std::move(problem));
  }
  return {};
}

}  // namespace retz::workload
