// Files of `key = value` lines, as Retz has always been configured with.
#include "cli/properties.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cli/nearest.hpp"

namespace retz::cli {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\f");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\f") - first + 1);
}

}  // namespace

Result<Properties> Properties::parse(std::string_view text, std::string origin) {
  Properties result;
  result.origin_ = std::move(origin);
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    const auto split = line.find_first_of("=:");
    if (split == std::string_view::npos || split == 0) {
      return fail(Errc::invalid_argument, result.origin_ + ":" + std::to_string(number) +
                                              ": expected `key = value`, found `" +
                                              std::string(line) + "`");
    }
    result.lines_.push_back({std::string(trimmed(line.substr(0, split))),
                             std::string(trimmed(line.substr(split + 1))), number});
  }
  return result;
}

Result<Properties> Properties::read(const std::filesystem::path& file) {
  const auto cannot = [&](int error) {
    return fail(error == ENOENT ? Errc::not_found : Errc::io_error,
                "cannot read " + file.string() + ": " + std::strerror(error));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return cannot(EISDIR);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return cannot(errno);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return cannot(EIO);
  return parse(text, file.string());
}

std::optional<std::string> Properties::get(std::string_view key) const {
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->key == key) return line->value;
  }
  return std::nullopt;
}

std::vector<std::string> Properties::keys() const {
  std::vector<std::string> out;
  for (const auto& line : lines_) out.push_back(line.key);
  return out;
}

std::vector<std::string> Properties::unknown(const std::vector<std::string>& known) const {
  std::vector<std::string> sentences;
  for (const auto& line : lines_) {
    bool found = false;
    for (const auto& key : known) found = found || key == line.key;
    if (found) continue;
    sentences.push_back(origin_ + ":" + std::to_string(line.number) + ": unknown key \"" +
                        line.key + "\" is ignored" + did_you_mean(line.key, known));
  }
  return sentences;
}

std::string Properties::place(std::string_view key) const {
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->key == key) return origin_ + ":" + std::to_string(line->number);
  }
  return origin_;
}

}  // namespace retz::cli
