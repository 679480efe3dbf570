// Reads fields out of a parsed JSON text. The first thing that is wrong is kept with the path of
// its field; what follows is read no more.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/decimal.hpp"
#include "json/value.hpp"
#include "retz/result.hpp"
#include "retz/time.hpp"

namespace retz::json {

/// Where a value stands: "jobs[3].command". Made on the stack, spelled out only for a message.
struct Place {
  const Place* parent = nullptr;
  std::string_view name = {};  // of a member
  std::size_t index = 0;       // of an element, when there is no name

  std::string path() const;
};

/// Strict: what a user wrote. Trusted: what we stored ourselves; types are checked, ranges are not.
enum class Trust : std::uint8_t { strict, trusted };

class Reading {
 public:
  explicit Reading(Trust trust = Trust::strict) : trust_(trust) {}

  bool ok() const { return !error_.has_value(); }
  bool strict() const { return trust_ == Trust::strict; }
  void refuse(const Place& place, std::string message);
  /// False, and refused, when the value is of another kind.
  bool is(const Value& value, Value::Kind kind, const Place& place, std::string_view wanted);
  Error take_error() { return std::move(*error_); }

  bool boolean(const Value& value, const Place& place);
  std::string text(const Value& value, const Place& place);
  std::int64_t integer(const Value& value, const Place& place, std::int64_t least,
                       std::int64_t most);
  /// A number with up to three decimals, in thousandths.
  std::int64_t thousandths(const Value& value, const Place& place, std::int64_t least,
                           std::int64_t most);
  /// A number of MiB, or text with a unit.
  std::int64_t mebibytes(const Value& value, const Place& place, std::int64_t least);
  /// Seconds as a number, or text with a unit.
  Duration duration(const Value& value, const Place& place, Duration least);

 private:
  Trust trust_;
  std::optional<Error> error_;
};

constexpr Duration duration_max = std::chrono::hours(10LL * 365 * 24);
constexpr std::int64_t mebibytes_max = 1'000'000'000'000;

/// One member of an object that becomes a T.
template <class T>
struct Field {
  std::string_view name;
  void (*read)(const Value&, const Place&, Reading&, T&);
};

/// Refuses `name` and suggests the nearest of the known ones.
void refuse_unknown(const Place& place, std::span<const std::string_view> known, Reading& reading);

/// Reads each member by its field; unknown and doubled members are refused.
template <class T, std::size_t N>
void read_object(const Value& value, const Place& place, Reading& reading,
                 const Field<T> (&fields)[N], T& out) {
  static_assert(N <= 32);
  if (!reading.is(value, Value::Kind::object, place, "an object")) {
    return;
  }
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < value.items.size() && reading.ok(); ++i) {
    const Place member{&place, value.keys[i]};
    std::size_t f = 0;
    while (f < N && fields[f].name != value.keys[i]) {
      ++f;
    }
    if (f == N) {
      std::string_view known[N];
      for (std::size_t k = 0; k < N; ++k) {
        known[k] = fields[k].name;
      }
      refuse_unknown(member, known, reading);
      return;
    }
    if ((seen >> f & 1U) != 0) {
      reading.refuse(member, "is given twice; give it once");
      return;
    }
    seen |= 1U << f;
    fields[f].read(value.items[i], member, reading, out);
  }
}

/// Up to `most` characters (not bytes) without control characters. `least` 1: not empty.
bool check_line(std::string_view text, const Place& place, Reading& reading, std::size_t least,
                std::size_t most);
/// 1 to `most` of [A-Za-z0-9._-].
bool check_name(std::string_view text, const Place& place, Reading& reading, std::size_t most);

}  // namespace retz::json
