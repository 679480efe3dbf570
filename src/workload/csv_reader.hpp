// Comma-separated values (RFC 4180), a line a record: quoted fields may hold commas and doubled
// quotes, but no line feed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace retz::workload {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}
  /// The next line that is not blank; false at the end.
  bool next();
  /// What is wrong with the line's quotes; empty: nothing.
  const std::string& complaint() const { return complaint_; }
  std::size_t line() const { return line_; }
  /// Valid until the next call of next(); blanks around unquoted fields are taken off.
  std::size_t size() const { return size_; }
  const std::string& field(std::size_t i) const { return fields_[i]; }

 private:
  void split(std::string_view line);
  void take(std::string_view field);
  std::size_t take_quoted(std::string_view line, std::size_t at);

  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t size_ = 0;
  std::vector<std::string> fields_;  // only the first size_ count: their memory is used again
  std::string complaint_;
};

/// Appends a field, quoted where it must be.
void append_field(std::string& out, std::string_view field);

}  // namespace retz::workload
