// What the property tests share: RETZ_SEED, RETZ_LONG, and assertions that throw.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "retz/result.hpp"

namespace retz::property {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}
inline std::uint64_t first_seed() {
  return number_from("RETZ_SEED", 1);
}
inline bool long_run() {
  return number_from("RETZ_LONG", 0) != 0;
}

/// While it lives, a broken invariant is an exception.
class ThrowingAssertions {
 public:
  ThrowingAssertions() { set_assertion_handler(&fail); }
  ~ThrowingAssertions() { set_assertion_handler(nullptr); }
  ThrowingAssertions(const ThrowingAssertions&) = delete;
  ThrowingAssertions& operator=(const ThrowingAssertions&) = delete;

 private:
  [[noreturn]] static void fail(const char* condition, const char* file, int line) {
    throw std::logic_error(std::string("broken invariant: ") + condition + " (" + file + ":" +
                           std::to_string(line) + ")");
  }
};

}  // namespace retz::property
