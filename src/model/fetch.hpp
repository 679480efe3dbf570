// What is read soon is asked of the memory now: a look at many things, one after the other, waits
// for the memory once and not for each.
#pragma once

#include <cstddef>

namespace retz::model {

constexpr std::size_t cache_line = 64;

/// One line. The empty statement is there because compilers drop calls of functions that do nothing
/// but prefetch.
inline void fetch_line(const void* at) {
  __builtin_prefetch(at);
  __asm__ volatile("" : : "r"(at));
}

/// All lines of an object.
template <class T>
void fetch(const T& object) {
  const auto* const bytes = reinterpret_cast<const char*>(&object);
  for (std::size_t i = 0; i < sizeof(T); i += cache_line) fetch_line(bytes + i);
  fetch_line(bytes + sizeof(T) - 1);
}

}  // namespace retz::model
