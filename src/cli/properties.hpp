// Files of `key = value` lines, as Retz has always been configured with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retz/result.hpp"

namespace retz::cli {

class Properties {
 public:
  /// Lines "key = value" or "key: value"; "#" and "!" begin comments. `origin` names the text in
  /// errors. Error: invalid_argument naming the line.
  static Result<Properties> parse(std::string_view text, std::string origin);
  /// Error: not_found, io_error naming the path.
  static Result<Properties> read(const std::filesystem::path& file);

  /// The last value given to the key.
  /// In the order of the file; one given twice comes twice.
  std::vector<std::string> keys() const;
  std::optional<std::string> get(std::string_view key) const;
  /// One sentence for each key that is not among `known`, with the nearest known one.
  std::vector<std::string> unknown(const std::vector<std::string>& known) const;
  /// "FILE:LINE" of the key, or the file alone.
  std::string place(std::string_view key) const;
  const std::string& origin() const { return origin_; }

 private:
  struct Line {
    std::string key, value;
    int number = 0;
  };
  std::vector<Line> lines_;
  std::string origin_;
};

}  // namespace retz::cli
