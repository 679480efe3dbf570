// Tables for people: columns as wide as their widest cell.
#include "cli/table.hpp"

#include <algorithm>

namespace retz::cli {

namespace {

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = byte == '\n' || byte == '\t' ? ' ' : '?';
  }
  return text;
}

}  // namespace

std::string Table::text() const {
  std::vector<std::vector<std::string>> rows;
  rows.emplace_back();
  for (const auto& column : columns_) rows.back().push_back(column.title);
  for (const auto& row : rows_) {
    rows.emplace_back();
    for (const auto& cell : row) rows.back().push_back(printable(cell));
  }
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], characters(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string pad(widths[i] - characters(row[i]), ' ');
      if (i > 0) line += "  ";
      line += columns_[i].align == Align::right ? pad + row[i] : row[i] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string shortened(const std::string& text, std::size_t width) {
  if (characters(text) <= width) return text;
  std::size_t end = 0, count = 0;
  while (end < text.size()) {
    if (!continues(text[end]) && ++count == width) break;
    ++end;
  }
  return text.substr(0, end) + "…";
}

}  // namespace retz::cli
