#include "workload/csv_reader.hpp"

#include "workload/lines.hpp"

namespace retz::workload {
namespace {

std::string_view stripped(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool CsvReader::next() {
  while (!rest_.empty()) {
    const std::string_view line = next_line(rest_);
    ++line_;
    if (stripped(line).empty()) continue;
    split(line);
    return true;
  }
  return false;
}

void CsvReader::split(std::string_view line) {
  size_ = 0;
  complaint_.clear();
  std::size_t at = 0;
  for (;;) {
    if (at < line.size() && line[at] == '"') {
      at = take_quoted(line, at + 1);
    } else {
      const std::size_t comma = line.find(',', at);
      take(stripped(line.substr(at, comma == std::string_view::npos ? comma : comma - at)));
      at = comma;
    }
    if (at >= line.size()) return;
    if (line[at] != ',') {
      complaint_ = "a quoted field is followed by more than a comma";
      return;
    }
    ++at;
  }
}

void CsvReader::take(std::string_view field) {
  if (size_ == fields_.size()) fields_.emplace_back();
  fields_[size_++].assign(field);
}

// Returns the place behind the closing quote.
std::size_t CsvReader::take_quoted(std::string_view line, std::size_t at) {
  take({});
  std::string& field = fields_[size_ - 1];
  for (; at < line.size(); ++at) {
    if (line[at] != '"') {
      field += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      field += line[at++];
    } else {
      return at + 1;
    }
  }
  complaint_ = "a quoted field does not end";
  return at;
}

void append_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\" \t\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  out += '"';
}

}  // namespace retz::workload
