// Whom outgoing connections trust.
#include "http/tls.hpp"

#include "http/tls_parts.hpp"

namespace retz::http {

Tls::Tls(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tls::~Tls() = default;

Result<std::shared_ptr<Tls>> Tls::make(const std::filesystem::path& ca_file, bool insecure) {
  auto parts = std::make_unique<Parts>();
  parts->insecure = insecure;
  auto& context = parts->context;
  error_code error;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1,
                      error);
  context.set_verify_mode(insecure ? asio::ssl::verify_none : asio::ssl::verify_peer, error);
  if (!ca_file.empty()) {
    std::error_code missing;
    if (!std::filesystem::exists(ca_file, missing)) {
      return fail(Errc::not_found, ca_file.string() + ": there is no such file of certificates");
    }
    context.load_verify_file(ca_file.string(), error);
    if (error) {
      return fail(
          Errc::invalid_argument,
          ca_file.string() + " holds no certificates in PEM form (" + error.message() + ")");
    }
  } else if (!insecure) {
    context.set_default_verify_paths(error);
  }
  return std::shared_ptr<Tls>(new Tls(std::move(parts)));
}

}  // namespace retz::http
