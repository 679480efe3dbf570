// Errors as values. Bad input and a failing world come back as Result; a bug of ours goes to the
// assertion handler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace retz {

/// What went wrong, for programs. `to_string` gives the name used in JSON.
enum class Errc : std::uint8_t {
  invalid_argument,  // a field has a value that cannot be; `field` names it
  limit_exceeded,    // more than a configured limit, or than the whole machine
  not_found,         // no such job, application, file; or another user's
  conflict,          // not possible in the present state (re-run of a running job)
  forbidden,         // known, but not yours to do
  unauthenticated,   // no, wrong or stale signature
  too_large,         // body, header, list or file beyond its limit
  unavailable,       // not now; the same call may succeed later
  storage_full,      // disk or quota full: retried until there is room
  storage_busy,      // locked by another process: retried
  storage_corrupt,   // the store's file is damaged: an operator must act
  storage_failed,    // any other failure of the store: retried
  unsupported,       // this build or machine cannot do it
  io_error,          // a file, socket or process operation failed
  internal,          // a bug of ours that could be contained
};

std::string_view to_string(Errc code) noexcept;

struct Error {
  Errc code = Errc::internal;
  std::string message = {};  // one sentence: what is wrong and what would be right
  std::string field = {};  // the offending field as the user wrote it ("resources.cpus"), or empty
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string message, std::string field = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(field)});
}

/// Called when an invariant of ours is broken, in release builds too. It must not return: throw, or
/// end the process. The default prints the place to stderr and aborts. Threads: set it before the
/// first engine is made.
using AssertionHandler = void (*)(const char* condition, const char* file, int line);
void set_assertion_handler(AssertionHandler handler) noexcept;

}  // namespace retz
