#include "retz/result.hpp"

namespace retz {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::limit_exceeded:
      return "limit_exceeded";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::forbidden:
      return "forbidden";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::too_large:
      return "too_large";
    case Errc::unavailable:
      return "unavailable";
    case Errc::storage_full:
      return "storage_full";
    case Errc::storage_busy:
      return "storage_busy";
    case Errc::storage_corrupt:
      return "storage_corrupt";
    case Errc::storage_failed:
      return "storage_failed";
    case Errc::unsupported:
      return "unsupported";
    case Errc::io_error:
      return "io_error";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace retz
