// Assertions that stay on in release builds and go through a handler the host program can set.
#pragma once

namespace retz::base {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace retz::base

/// For bugs of ours only: bad input is answered, a failing world is a Result.
#define RETZ_ASSERT(condition) \
  ((condition) ? void(0) : ::retz::base::assertion_failed(#condition, __FILE__, __LINE__))
