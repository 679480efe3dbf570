// IEEE Std 1003.1, "pax - portable archive interchange": ustar header blocks, extended headers.
#include "server/tar.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace retz::server {
namespace {

constexpr std::size_t block = 512;
constexpr std::int64_t octal_max = 077777777777;  // 11 octal digits: 8 GiB - 1
constexpr std::size_t name_max = 100, prefix_max = 155, user_max = 31;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

/// Where the name can be cut into prefix and name; npos when it cannot.
std::size_t cut_of(std::string_view path) {
  if (path.size() <= name_max) return 0;
  const std::size_t slash = path.find('/', path.size() - name_max - 1);
  const bool fits = slash != std::string_view::npos && slash != 0 && slash <= prefix_max &&
                    slash + 1 < path.size();
  return fits ? slash : std::string_view::npos;
}

void put_text(std::string& header, std::size_t at, std::size_t width, std::string_view text) {
  text = text.substr(0, width);
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_octal(std::string& header, std::size_t at, std::size_t width, std::int64_t number) {
  std::string digits(width - 1, '0');
  for (std::size_t i = digits.size(); i-- != 0; number >>= 3) {
    digits[i] = static_cast<char>('0' + (number & 7));
  }
  put_text(header, at, width, digits);
}

std::string header_block(const TarEntry& entry, char type, std::size_t cut) {
  std::string out(block, '\0');
  const std::string_view path = entry.path;
  if (cut == std::string_view::npos) {
    put_text(out, 0, name_max, path);  // the pax record has the whole of it
  } else if (cut == 0) {
    put_text(out, 0, name_max, path);
  } else {
    put_text(out, 0, name_max, path.substr(cut + 1));
    put_text(out, 345, prefix_max, path.substr(0, cut));
  }
  put_octal(out, 100, 8, entry.mode & 07777U);
  put_octal(out, 108, 8, 0);
  put_octal(out, 116, 8, 0);
  put_octal(out, 124, 12, std::min(entry.size, octal_max));
  put_octal(out, 136, 12, std::clamp<std::int64_t>(entry.modified, 0, octal_max));
  put_text(out, 148, 8, "        ");
  out[156] = type;
  put_text(out, 257, 8, std::string_view("ustar\00000", 8));
  put_text(out, 265, user_max, entry.owner);
  put_text(out, 297, user_max, entry.group);
  put_octal(out, 329, 8, 0);
  put_octal(out, 337, 8, 0);
  unsigned sum = 0;
  for (const char c : out) sum += static_cast<unsigned char>(c);
  put_octal(out, 148, 7, sum);
  out[154] = '\0';
  return out;
}

/// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (rest + std::to_string(length).size() != length) {
    length = rest + std::to_string(length).size();
  }
  std::string out = std::to_string(length);
  return out.append(" ").append(key).append("=").append(value).append("\n");
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
  const std::size_t cut = cut_of(entry.path);
  std::string records;
  if (cut == std::string_view::npos || !is_ascii(entry.path)) {
    records += pax_record("path", entry.path);
  }
  if (entry.size > octal_max) records += pax_record("size", std::to_string(entry.size));
  std::string out;
  if (!records.empty()) {
    TarEntry extended;
    extended.path = "PaxHeaders/entry";
    extended.size = static_cast<std::int64_t>(records.size());
    extended.modified = entry.modified;
    out = header_block(extended, 'x', 0) + records + tar_padding(extended.size);
  }
  return out + header_block(entry, static_cast<char>(entry.kind), cut);
}

std::string tar_padding(std::int64_t size) {
  const auto over = static_cast<std::size_t>(size) % block;
  return std::string(over == 0 ? 0 : block - over, '\0');
}

std::string tar_end() {
  return std::string(2 * block, '\0');
}

}  // namespace retz::server
