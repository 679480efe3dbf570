// Writes JSON text straight into a string, with exact decimals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "retz/time.hpp"

namespace retz::json {

/// Commas are put where they belong; nesting is the caller's care. Text that is not UTF-8 (a reason
/// with a file's name in it) is written with U+FFFD in place of the wrong bytes.
class Writer {
 public:
  explicit Writer(std::size_t expected = 512) { out_.reserve(expected); }

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  /// Requires: a name of our own, without anything to escape.
  void key(std::string_view name);
  /// A name that someone else chose.
  void user_key(std::string_view name);

  void text(std::string_view value);
  void number(std::int64_t value) { decimal(value, 0); }
  void number(std::uint64_t value);
  /// As short as it can be read again to the same value. Requires: finite.
  void number(double value);
  void decimal(std::int64_t value, int places);
  void boolean(bool value);
  void null();
  void seconds(Duration value) { decimal(value.count(), 6); }
  void seconds(std::optional<Duration> value) { value ? seconds(*value) : null(); }
  void instant(Instant value);
  void instant(std::optional<Instant> value) { value ? instant(*value) : null(); }

  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (comma_) {
      out_ += ',';
    }
    comma_ = true;
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    comma_ = true;
  }
  void quoted(std::string_view value);

  std::string out_;
  bool comma_ = false;
};

}  // namespace retz::json
