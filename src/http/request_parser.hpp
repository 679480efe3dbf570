// Beast's incremental parser, filling a Request directly: no intermediate field container.
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

#include "retz/http.hpp"

namespace retz::http {

class RequestParser final : public boost::beast::http::basic_parser<true> {
  using Base = boost::beast::http::basic_parser<true>;
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

 public:
  RequestParser(std::size_t header_max, std::size_t body_max);

  /// Takes what it can of the bytes. `error` stays clear while the request may still become whole.
  std::size_t take(const char* data, std::size_t size, error_code& error);

  Request request;
  bool http11 = true;
  bool wants_continue = false;  // Expect: 100-continue, body not yet seen
  bool unknown_coding = false;  // a Transfer-Encoding other than chunked
  bool unmet_expectation = false;
  bool admitted = false;    // the guard was asked, and had nothing against it
  std::uint32_t hosts = 0;  // Host fields

 private:
  void on_request_impl(boost::beast::http::verb verb, text method, text target, int version,
                       error_code& error) override;
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field field, text name, text value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
  std::size_t on_body_impl(text body, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  std::size_t header_max_;
  std::size_t body_max_;
  std::size_t header_seen_ = 0;  // Beast limits only what it has not consumed yet
  bool header_done_ = false;
};

}  // namespace retz::http
