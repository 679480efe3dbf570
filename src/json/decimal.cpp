// Decimal text to exact integers and back.
#include "json/decimal.hpp"

#include <charconv>
#include <limits>

namespace retz::json {
namespace {

__extension__ using Wide = __int128;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// mantissa * 10^exponent, as written.
struct Scientific {
  Wide mantissa = 0;
  std::int64_t exponent = 0;
  bool negative = false;
  bool overflow = false;
};

// More significant digits than this cannot be a 64-bit amount in any of our units.
constexpr int digits_max = 27;

struct DigitReader {
  Scientific number;
  int digits = 0;   // significant ones taken in
  int pending = 0;  // zeros seen, taken in only when another digit follows

  void take(char c, bool fraction) {
    if (fraction) {
      --number.exponent;
    }
    if (c == '0') {
      pending += digits > 0 ? 1 : 0;
      return;
    }
    digits += pending + 1;
    if (digits > digits_max) {
      number.overflow = true;
      return;
    }
    for (; pending > 0; --pending) {
      number.mantissa *= 10;
    }
    number.mantissa = number.mantissa * 10 + (c - '0');
  }
  void finish() { number.exponent += pending; }
};

bool read_scientific(std::string_view text, Scientific& out) {
  DigitReader reader;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
    reader.number.negative = text[at++] == '-';
  }
  const std::size_t first = at;
  while (at < text.size() && is_digit(text[at])) {
    reader.take(text[at++], false);
  }
  if (at == first) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    while (at < text.size() && is_digit(text[at])) {
      reader.take(text[at++], true);
    }
    if (at == fraction) {
      return false;
    }
  }
  reader.finish();
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at += at + 1 < text.size() && text[at + 1] == '+' ? 2U : 1U;
    int exponent = 0;
    const auto [end, error] =
        std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (error != std::errc()) {
      return false;
    }
    reader.number.exponent += exponent;
    at = static_cast<std::size_t>(end - text.data());
  }
  out = reader.number;
  return at == text.size();
}

}  // namespace

DecimalFault scaled(std::string_view text, std::int64_t unit, std::int64_t& out) noexcept {
  Scientific number;
  if (!read_scientific(text, number)) {
    return DecimalFault::malformed;
  }
  if (number.overflow) {
    return number.exponent < 0 ? DecimalFault::too_fine : DecimalFault::too_large;
  }
  constexpr Wide most = std::numeric_limits<std::int64_t>::max();
  Wide value = number.mantissa;
  std::int64_t exponent = value == 0 ? 0 : number.exponent;
  // The unit's own powers of ten and two go in step by step, so that nothing overflows on the way.
  while (exponent < 0 && value % 10 == 0) {
    value /= 10;
    ++exponent;
  }
  constexpr Wide wide_most = most * most;
  if (value > wide_most / unit) {
    return DecimalFault::too_large;
  }
  value *= unit;
  for (; exponent < 0; ++exponent) {
    if (value % 10 != 0) {
      return DecimalFault::too_fine;
    }
    value /= 10;
  }
  for (; exponent > 0; --exponent) {
    if (value > most / 10) {
      return DecimalFault::too_large;
    }
    value *= 10;
  }
  if (value > most) {
    return DecimalFault::too_large;
  }
  out = static_cast<std::int64_t>(number.negative ? -value : value);
  return DecimalFault::none;
}

void append_decimal(std::string& out, std::int64_t value, int places) {
  char digits[24];
  std::uint64_t rest =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  if (value < 0) {
    out += '-';
  }
  std::uint64_t power = 1;
  for (int i = 0; i < places; ++i) {
    power *= 10;
  }
  const auto whole = std::to_chars(digits, digits + sizeof digits, rest / power);
  out.append(digits, whole.ptr);
  rest %= power;
  if (rest == 0) {
    return;
  }
  out += '.';
  for (power /= 10; rest != 0; power /= 10) {
    out += static_cast<char>('0' + rest / power);
    rest %= power;
  }
}

}  // namespace retz::json
