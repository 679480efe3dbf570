// Tables for people: columns as wide as their widest cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retz::cli {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Requires: as many cells as columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Heading and rows, each ended by a line feed; no blanks at the ends of lines. Control
  /// characters in cells (a job's command may hold anything) come out as "?".
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// At most `width` characters, the last a "…" where something was cut.
std::string shortened(const std::string& text, std::size_t width);

}  // namespace retz::cli
