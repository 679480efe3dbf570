// Writes JSON text straight into a string.
#include "json/writer.hpp"

#include <charconv>

#include "json/decimal.hpp"
#include "retz/json.hpp"

namespace retz::json {
namespace {

// Length of the UTF-8 sequence at `at` (Unicode 15, table 3-7); 0: not well formed.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    low = lead == 0xE0 ? 0xA0 : low;
    high = lead == 0xED ? 0x9F : high;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    low = lead == 0xF0 ? 0x90 : low;
    high = lead == 0xF4 ? 0x8F : high;
  }
  if (length == 0 || text.size() - at < length || byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4U];
      out += digits[static_cast<unsigned char>(c) & 0xFU];
  }
}

}  // namespace

void Writer::quoted(std::string_view value) {
  out_ += '"';
  std::size_t plain = 0;  // start of what can be copied as it is
  std::size_t at = 0;
  while (at < value.size()) {
    const auto byte = static_cast<unsigned char>(value[at]);
    if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
      ++at;
      continue;
    }
    const std::size_t length = byte >= 0x80 ? sequence_length(value, at) : 0;
    if (length > 0) {
      at += length;
      continue;
    }
    out_.append(value, plain, at - plain);
    if (byte >= 0x80) {
      out_ += "\xEF\xBF\xBD";
    } else {
      append_escape(out_, value[at]);
    }
    plain = ++at;
  }
  out_.append(value, plain, value.size() - plain);
  out_ += '"';
}

void Writer::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  comma_ = false;
}

void Writer::user_key(std::string_view name) {
  separate();
  quoted(name);
  out_ += ':';
  comma_ = false;
}

void Writer::text(std::string_view value) {
  separate();
  quoted(value);
}

void Writer::number(std::uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void Writer::number(double value) {
  separate();
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out_.append(digits, error == std::errc{} ? end : digits);
}

void Writer::decimal(std::int64_t value, int places) {
  separate();
  append_decimal(out_, value, places);
}

void Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void Writer::null() {
  separate();
  out_ += "null";
}

void Writer::instant(Instant value) {
  separate();
  out_ += '"';
  out_ += to_text(value);
  out_ += '"';
}

}  // namespace retz::json
