// Durations, amounts of memory and times as text.
#include "json/units.hpp"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "json/decimal.hpp"
#include "json/reading.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

using Unit = std::pair<std::string_view, std::int64_t>;

// Longer names first: "ms" before "s".
constexpr std::array duration_units{
    Unit{"us", 1},         Unit{"ms", 1'000},        Unit{"s", 1'000'000},
    Unit{"m", 60'000'000}, Unit{"h", 3'600'000'000}, Unit{"d", 86'400'000'000},
};
constexpr std::array memory_units{
    Unit{"MiB", 1},
    Unit{"GiB", 1024},
    Unit{"TiB", 1024 * 1024},
};

template <std::size_t N>
bool read_with_unit(std::string_view text, const std::array<Unit, N>& units, std::int64_t bare_unit,
                    std::int64_t& out) noexcept {
  for (const auto& [name, unit] : units) {
    if (text.size() > name.size() && text.substr(text.size() - name.size()) == name) {
      return scaled(text.substr(0, text.size() - name.size()), unit, out) == DecimalFault::none;
    }
  }
  return scaled(text, bare_unit, out) == DecimalFault::none;
}

// Reads exactly `count` digits at `at`, and moves on.
bool read_digits(std::string_view text, std::size_t& at, std::size_t count, int& out) {
  if (text.size() - at < count) {
    return false;
  }
  out = 0;
  for (const std::size_t end = at + count; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') {
      return false;
    }
    out = out * 10 + (text[at] - '0');
  }
  return true;
}

bool read_char(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || (text[at] != wanted && text[at] != wanted + ('a' - 'A'))) {
    return false;
  }
  ++at;
  return true;
}

// ".123456789": microseconds; finer digits are cut off, as the clocks of other languages write
// them.
bool read_fraction(std::string_view text, std::size_t& at, std::int64_t& micros) {
  micros = 0;
  if (at >= text.size() || text[at] != '.') {
    return true;
  }
  const std::size_t first = ++at;
  std::int64_t scale = 100'000;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
    micros += scale * (text[at] - '0');
  }
  return at > first && at - first <= 9;
}

// "Z" or "+09:00": minutes east of UTC.
bool read_offset(std::string_view text, std::size_t& at, int& minutes) {
  minutes = 0;
  if (read_char(text, at, 'Z')) {
    return true;
  }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) {
    return false;
  }
  const int sign = text[at++] == '-' ? -1 : 1;
  int h = 0;
  int m = 0;
  if (!read_digits(text, at, 2, h) || !(at < text.size() && text[at++] == ':') ||
      !read_digits(text, at, 2, m) || h > 23 || m > 59) {
    return false;
  }
  minutes = sign * (h * 60 + m);
  return true;
}

bool read_instant(std::string_view text, Instant& out) {
  std::size_t at = 0;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  int offset = 0;
  const auto colon = [&] { return at < text.size() && text[at++] == ':'; };
  const auto dash = [&] { return at < text.size() && text[at++] == '-'; };
  if (!read_digits(text, at, 4, year) || !dash() || !read_digits(text, at, 2, month) || !dash() ||
      !read_digits(text, at, 2, day) || !read_char(text, at, 'T') ||
      !read_digits(text, at, 2, hour) || !colon() || !read_digits(text, at, 2, minute) ||
      !colon() || !read_digits(text, at, 2, second) || !read_fraction(text, at, fraction) ||
      !read_offset(text, at, offset) || at != text.size()) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
  out = at_micros(seconds * 1'000'000 + fraction);
  return true;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  out += digits;
}

}  // namespace

bool read_duration(std::string_view text, std::int64_t& out) noexcept {
  return read_with_unit(text, duration_units, 1'000'000, out);
}

bool read_mebibytes(std::string_view text, std::int64_t& out) noexcept {
  return read_with_unit(text, memory_units, 1, out);
}

}  // namespace retz::json

namespace retz {

std::string to_text(Instant time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time.time_since_epoch());
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  std::int64_t rest = (time.time_since_epoch() - day).count();
  const std::int64_t micros = rest % 1'000'000;
  rest /= 1'000'000;
  std::string out;
  out.reserve(27);
  json::append_padded(out, static_cast<int>(date.year()), 4);
  out += '-';
  json::append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  json::append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  json::append_padded(out, rest / 3600, 2);
  out += ':';
  json::append_padded(out, rest / 60 % 60, 2);
  out += ':';
  json::append_padded(out, rest % 60, 2);
  out += '.';
  json::append_padded(out, micros, 6);
  out += 'Z';
  return out;
}

Result<Instant> instant_from_text(std::string_view text) {
  Instant out{};
  if (!json::read_instant(text, out)) {
    return fail(Errc::invalid_argument, "\"" + std::string(text.substr(0, 64)) +
                                            "\" is not a time; write it as 2026-11-22T08:36:00Z");
  }
  return out;
}

Result<Duration> duration_from_text(std::string_view text) {
  std::int64_t out = 0;
  if (!json::read_duration(text, out) || out < 0 || out > json::duration_max.count()) {
    return fail(Errc::invalid_argument,
                "\"" + std::string(text.substr(0, 64)) +
                    "\" is not a duration; write seconds, or a unit as in 90s, 1.5m, 2h, 3d or "
                    "250ms, at most 10 years");
  }
  return Duration(out);
}

Result<std::int64_t> mebibytes_from_text(std::string_view text) {
  std::int64_t out = 0;
  if (!json::read_mebibytes(text, out) || out < 0 || out > json::mebibytes_max) {
    return fail(Errc::invalid_argument,
                "\"" + std::string(text.substr(0, 64)) +
                    "\" is not an amount; write MiB, or a unit as in 512MiB, 4GiB or 1TiB");
  }
  return out;
}

}  // namespace retz
