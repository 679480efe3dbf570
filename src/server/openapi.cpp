// The description of the API, built in from openapi.json.
#include "server/routes.hpp"

namespace retz::server {

std::string_view openapi_text() {
  static constexpr std::string_view text =
#include "openapi.inc"
      ;
  return text;
}

}  // namespace retz::server
