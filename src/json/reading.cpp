// Reads fields out of a parsed JSON text: kinds, ranges, and messages that name the fix.
#include "json/reading.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "json/units.hpp"

namespace retz::json {
namespace {

// Levenshtein's distance, by rows.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string decimal_text(std::int64_t value, int places) {
  std::string out;
  append_decimal(out, value, places);
  return out;
}

std::string number_text(const Value& value) {
  return value.kind == Value::Kind::integer ? std::to_string(value.integer) : value.text;
}

bool is_number(const Value& value) {
  return value.kind == Value::Kind::integer || value.kind == Value::Kind::decimal;
}

}  // namespace

std::string Place::path() const {
  std::string out = parent != nullptr ? parent->path() : std::string{};
  if (name.data() != nullptr) {
    if (!out.empty()) {
      out += '.';
    }
    out += name.substr(0, 64);
  } else if (parent != nullptr) {
    out += '[' + std::to_string(index) + ']';
  }
  return out;
}

void Reading::refuse(const Place& place, std::string message) {
  if (error_) {
    return;
  }
  std::string path = place.path();
  std::string sentence = (path.empty() ? std::string("the JSON text") : path) + ' ' + message;
  error_ = Error{Errc::invalid_argument, std::move(sentence), std::move(path)};
}

bool Reading::is(const Value& value, Value::Kind kind, const Place& place,
                 std::string_view wanted) {
  if (value.kind == kind) {
    return true;
  }
  refuse(place, "must be " + std::string(wanted) + ", not " + std::string(kind_name(value.kind)));
  return false;
}

bool Reading::boolean(const Value& value, const Place& place) {
  is(value, Value::Kind::boolean, place, "true or false");
  return value.flag;
}

std::string Reading::text(const Value& value, const Place& place) {
  is(value, Value::Kind::string, place, "a string");
  return value.text;
}

std::int64_t Reading::integer(const Value& value, const Place& place, std::int64_t least,
                              std::int64_t most) {
  std::int64_t out = 0;
  DecimalFault fault = DecimalFault::malformed;
  if (value.kind == Value::Kind::integer) {
    out = value.integer;
    fault = DecimalFault::none;
  } else if (value.kind == Value::Kind::decimal) {
    fault = scaled(value.text, 1, out);
  }
  if (fault == DecimalFault::none && (!strict() || (out >= least && out <= most))) {
    return out;
  }
  refuse(place, "must be a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most) + ", not " +
                    (is_number(value) ? number_text(value) : std::string(kind_name(value.kind))));
  return 0;
}

std::int64_t Reading::thousandths(const Value& value, const Place& place, std::int64_t least,
                                  std::int64_t most) {
  std::int64_t out = 0;
  DecimalFault fault = DecimalFault::malformed;
  if (is_number(value)) {
    fault = scaled(number_text(value), 1000, out);
  }
  if (fault == DecimalFault::too_fine) {
    refuse(place, "must have at most 3 decimals, not " + number_text(value));
  } else if (fault != DecimalFault::none || (strict() && (out < least || out > most))) {
    refuse(place, "must be a number from " + decimal_text(least, 3) + " to " +
                      decimal_text(most, 3) + ", not " +
                      (is_number(value) ? number_text(value) : std::string(kind_name(value.kind))));
  }
  return out;
}

std::int64_t Reading::mebibytes(const Value& value, const Place& place, std::int64_t least) {
  std::int64_t out = 0;
  bool good = false;
  if (is_number(value)) {
    good = scaled(number_text(value), 1, out) == DecimalFault::none;
  } else if (value.kind == Value::Kind::string && strict()) {
    good = read_mebibytes(value.text, out);
  }
  if (!good || (strict() && (out < least || out > mebibytes_max))) {
    refuse(place, "must be a whole number of MiB, at least " + std::to_string(least) +
                      ", or a text with a unit such as \"512MiB\", \"4GiB\" or \"1TiB\"");
  }
  return out;
}

Duration Reading::duration(const Value& value, const Place& place, Duration least) {
  std::int64_t out = 0;
  bool good = false;
  if (is_number(value)) {
    good = scaled(number_text(value), 1'000'000, out) == DecimalFault::none;
  } else if (value.kind == Value::Kind::string) {
    good = read_duration(value.text, out);
  }
  if (!good || (strict() && (out < least.count() || out > duration_max.count()))) {
    refuse(place,
           "must be " +
               std::string(least.count() > 0 ? "a positive number" : "a number, 0 or more,") +
               " of seconds, or a text with a unit such as \"90s\", \"1.5h\" or \"250ms\", "
               "at most 10 years");
  }
  return Duration(out);
}

void refuse_unknown(const Place& place, std::span<const std::string_view> known, Reading& reading) {
  const std::string_view name = place.name.substr(0, 64);
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1;
  for (const std::string_view candidate : known) {
    if (const std::size_t d = distance(name, candidate); d < least) {
      least = d;
      nearest = candidate;
    }
  }
  if (!nearest.empty()) {
    reading.refuse(place, "is not a field; did you mean \"" + std::string(nearest) + "\"?");
    return;
  }
  std::string all;
  for (const std::string_view candidate : known) {
    all += (all.empty() ? "" : ", ") + std::string(candidate);
  }
  reading.refuse(place, "is not a field; known ones are: " + all);
}

bool check_line(std::string_view text, const Place& place, Reading& reading, std::size_t least,
                std::size_t most) {
  if (!reading.ok() || !reading.strict()) {
    return reading.ok();
  }
  std::size_t characters = 0;
  bool control = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    characters += (byte & 0xC0U) != 0x80U ? 1U : 0U;
    control = control || byte < 0x20U || byte == 0x7FU;
  }
  if (characters < least || characters > most) {
    reading.refuse(place, least > 0 && characters == 0
                              ? "must not be empty"
                              : "must have at most " + std::to_string(most) + " characters, not " +
                                    std::to_string(characters));
    return false;
  }
  if (control) {
    reading.refuse(place, "must be one line without control characters");
  }
  return !control;
}

bool check_name(std::string_view text, const Place& place, Reading& reading, std::size_t most) {
  if (!reading.ok() || !reading.strict()) {
    return reading.ok();
  }
  const bool good =
      !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
      });
  if (!good) {
    reading.refuse(place, "must have 1 to " + std::to_string(most) +
                              " characters, each a letter, a digit or one of . _ -");
  }
  return good;
}

}  // namespace retz::json
