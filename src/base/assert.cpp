#include "base/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "retz/result.hpp"

namespace retz {
namespace {

void print_and_abort(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "retz: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

std::atomic<AssertionHandler> current_handler{&print_and_abort};

}  // namespace

void set_assertion_handler(AssertionHandler handler) noexcept {
  current_handler = handler != nullptr ? handler : &print_and_abort;
}

namespace base {

void assertion_failed(const char* condition, const char* file, int line) {
  current_handler.load()(condition, file, line);
  std::abort();  // a handler that returns would let us go on in an unknown state
}

}  // namespace base
}  // namespace retz
