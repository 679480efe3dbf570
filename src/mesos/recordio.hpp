// RecordIO, the framing of a stream of events: a decimal count of bytes, a newline, that many
// bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "retz/result.hpp"

namespace retz::mesos {

/// The stream may come in pieces of any size.
class RecordReader {
 public:
  explicit RecordReader(std::size_t record_max = std::size_t{64} << 20U) : max_(record_max) {}

  /// Hands over each record as it becomes whole; `record` returns false to be called no more.
  /// Error: io_error, after which the stream cannot be read on.
  Result<void> take(std::string_view bytes, const std::function<bool(std::string_view)>& record);
  /// Whether nothing of a record has come.
  bool between_records() const { return pending_.empty() && !sized_; }

 private:
  Result<bool> read_size(std::string_view& bytes);

  std::size_t max_;
  std::string pending_;  // of the size, or of the record
  bool sized_ = false;
  std::size_t size_ = 0;
};

}  // namespace retz::mesos
