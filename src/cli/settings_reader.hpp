// Reads the values of settings: the command line's before those of the properties file.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/properties.hpp"
#include "cli/server_options.hpp"
#include "retz/json.hpp"

namespace retz::cli {

/// Reads one value after the other; the first error wins.
class Reader {
 public:
  Reader(const Properties* file, ServerSettings& settings) : file_(file), settings_(settings) {}

  std::string text(const char* key, const std::string& option = {}, const char* flag = "") {
    known_.emplace_back(key);
    place_ = option.empty() && file_ != nullptr ? file_->place(key) + ": " + key : flag;
    if (!option.empty()) return option;
    return file_ != nullptr ? file_->get(key).value_or("") : "";
  }

  void whole(const char* key, std::int64_t low, std::int64_t high,
             const std::function<void(std::int64_t)>& set) {
    const auto value = text(key);
    if (value.empty()) return;
    std::int64_t parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || parsed < low ||
        parsed > high) {
      return wrong(value,
                   "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    set(parsed);
  }

  void thousandths(const char* key, std::optional<std::int64_t>& target,
                   const std::string& option = {}, const char* flag = "") {
    const auto value = text(key, option, flag);
    if (value.empty()) return;
    double parsed = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || !(parsed >= 0) ||
        parsed > 1e6) {
      return wrong(value, "a number of cpus, 2 or 1.5");
    }
    target = std::llround(parsed * 1000);
  }

  void mebibytes(const char* key, std::optional<std::int64_t>& target,
                 const std::string& option = {}, const char* flag = "") {
    const auto value = text(key, option, flag);
    if (value.empty()) return;
    const auto parsed = mebibytes_from_text(value);
    if (!parsed) return wrong(value, "MiB or a size, 2048 or 2GiB");
    target = *parsed;
  }

  void duration(const char* key, Duration& target) {
    const auto value = text(key);
    if (value.empty()) return;
    const auto parsed = duration_from_text(value);
    if (!parsed) return wrong(value, "a duration, 3600, 12h or 7d");
    target = *parsed;
  }

  void flag(const char* key, bool& target) {
    const auto value = text(key);
    if (value.empty()) return;
    if (value != "true" && value != "false") return wrong(value, "true or false");
    target = value == "true";
  }

  /// `expected` completes "must be ...".
  void wrong(const std::string& value, const std::string& expected) {
    if (error) return;
    error = Error{Errc::invalid_argument, place_ + " is \"" + value + "\" but must be " + expected,
                  place_};
  }
  /// `field` is the key, the message goes on behind it.
  void wrong_key(const Error& cause) {
    if (error) return;
    const auto place = (file_ != nullptr ? file_->place(cause.field) + ": " : "") + cause.field;
    const bool sentence = cause.message.starts_with(':');
    error = Error{cause.code, place + (sentence ? "" : " ") + cause.message, place};
  }

  /// `field` is the key, the message a whole sentence that names it.
  void wrong_sentence(const Error& cause) {
    if (error) return;
    const auto place = file_ != nullptr ? file_->place(cause.field) + ": " : "";
    error = Error{cause.code, place + cause.message, cause.field};
  }

  ServerSettings& settings() { return settings_; }
  const std::vector<std::string>& known() const { return known_; }
  std::optional<Error> error;

 private:
  const Properties* file_;
  ServerSettings& settings_;
  std::vector<std::string> known_;
  std::string place_;
};

}  // namespace retz::cli
