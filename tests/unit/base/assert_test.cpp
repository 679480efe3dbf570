#include "base/assert.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "retz/result.hpp"

TEST_CASE("a broken invariant reaches the handler that the host program set") {
  retz::set_assertion_handler(
      [](const char* condition, const char*, int) { throw std::logic_error(condition); });
  CHECK_THROWS_WITH_AS(RETZ_ASSERT(1 == 2), "1 == 2", std::logic_error);
  CHECK_NOTHROW(RETZ_ASSERT(1 == 1));
  retz::set_assertion_handler(nullptr);
}
