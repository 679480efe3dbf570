// Texts and numbers of a page: escaped, rounded, with their units.
#include "report/text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace retz::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

unsigned char at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// The length of the well-formed UTF-8 sequence at `i` (RFC 3629), 0 where there is none.
std::size_t sequence_at(std::string_view text, std::size_t i) {
  const unsigned first = at(text, i), second = at(text, i + 1);
  const auto follows = [&](std::size_t k) { return (at(text, i + k) & 0xC0U) == 0x80U; };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0 && second < 0xA0) return 0;  // longer than needed
    if (first == 0xED && second > 0x9F) return 0;  // a surrogate
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

std::string formatted(const char* format, double value) {
  std::array<char, 64> out{};
  (void)std::snprintf(out.data(), out.size(), format, value);
  return out.data();
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_at(text, i);
    const std::string_view name = entity(text[i]);
    if (!name.empty()) {
      out += name;
    } else if (length == 0 || is_control(text[i])) {
      out += replacement;
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

std::string inside_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string with_commas(std::uint64_t value) {
  std::string out = std::to_string(value);
  for (std::size_t i = out.size(); i > 3; i -= 3) out.insert(i - 3, ",");
  return out;
}

std::string number(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(value)) return "-";
  if (size >= 999.5) {
    return (value < 0 ? "-" : "") + with_commas(static_cast<std::uint64_t>(std::llround(size)));
  }
  if (size >= 99.95) return formatted("%.0f", value);
  if (size >= 9.995) return formatted("%.1f", value);
  return size == 0 ? "0" : formatted(size >= 1 ? "%.2f" : "%.3g", value);
}

std::string percent(double part) {
  return formatted("%.1f %%", part * 100.0);
}

std::string duration(double seconds) {
  const double size = std::abs(seconds);
  if (size < 0.5e-6) return "0 s";
  if (size < 120) return number(seconds) + " s";
  if (size < 7200) return number(seconds / 60) + " min";
  if (size < 172'800) return number(seconds / 3600) + " h";
  return number(seconds / 86'400) + " d";
}

}  // namespace retz::report
