// What agents and masters say about files and addresses, taken out of their JSON.
#include "mesos/agent_answers.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace retz::mesos {
namespace {

using nlohmann::json;

/// Names of files may be any bytes, and agents write them as they are: what is no UTF-8 becomes
/// "?".
std::string as_utf8(std::string_view bytes) {
  std::string out(bytes);
  std::size_t at = 0;
  while (at < out.size()) {
    const auto byte = static_cast<unsigned char>(out[at]);
    const std::size_t more = byte < 0x80   ? 0
                             : byte < 0xC2 ? 4
                             : byte < 0xE0 ? 1
                             : byte < 0xF0 ? 2
                             : byte < 0xF5 ? 3
                                           : 4;
    bool right = more < 4 && at + more < out.size();
    for (std::size_t i = 1; right && i <= more; ++i) {
      right = (static_cast<unsigned char>(out[at + i]) & 0xC0U) == 0x80;
    }
    if (right && more == 2) {  // neither overlong nor half of a pair
      const auto next = static_cast<unsigned char>(out[at + 1]);
      right = !(byte == 0xE0 && next < 0xA0) && !(byte == 0xED && next > 0x9F);
    }
    if (right && more == 3) {
      const auto next = static_cast<unsigned char>(out[at + 1]);
      right = !(byte == 0xF0 && next < 0x90) && !(byte == 0xF4 && next > 0x8F);
    }
    if (!right) out[at] = '?';
    at += right ? more + 1 : 1;
  }
  return out;
}

/// "drwxr-xr-x" as st_mode.
std::uint32_t mode_of(std::string_view text) {
  if (text.size() < 10) return 0;
  std::uint32_t mode = text[0] == 'd'   ? S_IFDIR
                       : text[0] == 'l' ? S_IFLNK
                       : text[0] == 'p' ? S_IFIFO
                       : text[0] == 's' ? S_IFSOCK
                       : text[0] == 'c' ? S_IFCHR
                       : text[0] == 'b' ? S_IFBLK
                                        : S_IFREG;
  for (std::size_t i = 0; i < 9; ++i) {
    const char c = text[i + 1];
    if (c != '-' && c != 'S' && c != 'T') mode |= 0400U >> i;
  }
  if (text[3] == 's' || text[3] == 'S') mode |= S_ISUID;
  if (text[6] == 's' || text[6] == 'S') mode |= S_ISGID;
  if (text[9] == 't' || text[9] == 'T') mode |= S_ISVTX;
  return mode;
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::int64_t number_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_number()) return 0;
  if (at->is_number_float()) {
    const double value = at->get<double>();
    return value > -9e18 && value < 9e18 ? static_cast<std::int64_t>(value) : 0;
  }
  return at->get<std::int64_t>();
}

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::string> from_base64(std::string_view text) {
  static const auto values = [] {
    std::array<int, 256> out{};
    out.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
      out[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
    }
    return out;
  }();
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU);
  }
  return out;
}

}  // namespace

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const bool there = at + i < bytes.size();
      bits = bits << 8U | (there ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - at);
    for (unsigned i = 0; i < 4; ++i) {
      out += i <= left ? alphabet[bits >> (18U - 6U * i) & 63U] : '=';
    }
  }
  return out;
}

std::optional<std::vector<FileEntry>> entries_in_browse(std::string_view body,
                                                        const std::string& root) {
  const auto listed = json::parse(as_utf8(body), nullptr, false);
  if (!listed.is_array()) return std::nullopt;
  std::vector<FileEntry> out;
  for (const json& file : listed) {
    if (!file.is_object()) return std::nullopt;
    std::string path = text_of(file, "path");
    if (path.starts_with(root + "/")) path.erase(0, root.size() + 1);
    out.push_back({.path = std::move(path),
                   .size = number_of(file, "size"),
                   .modified = number_of(file, "mtime"),
                   .mode = mode_of(text_of(file, "mode")),
                   .owner = text_of(file, "uid"),
                   .group = text_of(file, "gid")});
  }
  std::sort(out.begin(), out.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return out;
}

std::optional<FilePiece> piece_in_read_file(std::string_view body) {
  const auto answer = json::parse(body, nullptr, false);
  if (!answer.is_object()) return std::nullopt;
  const auto read = answer.find("read_file");
  if (read == answer.end() || !read->is_object() || !read->contains("size")) return std::nullopt;
  auto data = from_base64(text_of(*read, "data"));
  if (!data) return std::nullopt;
  return FilePiece{std::move(*data), number_of(*read, "size")};
}

std::optional<std::pair<std::string, Address>> agent_in_slaves(std::string_view body,
                                                               const std::string& node) {
  const auto answer = json::parse(as_utf8(body), nullptr, false);
  if (!answer.is_object() || !answer.contains("slaves") || !answer["slaves"].is_array()) {
    return std::nullopt;
  }
  for (const json& agent : answer["slaves"]) {
    if (!agent.is_object()) continue;
    const std::string id = text_of(agent, "id"), host = text_of(agent, "hostname");
    const bool same = node == id || node == host ||
                      (!host.empty() && !id.empty() && node.starts_with(host) &&
                       node.find(id) != std::string::npos);
    if (!same) continue;
    const std::string pid = text_of(agent, "pid");  // "slave(1)@10.0.0.1:5051"
    if (const auto at = address_of(pid.substr(pid.find('@') + 1))) return std::pair{id, *at};
  }
  return std::nullopt;
}

}  // namespace retz::mesos
