// Beast's incremental parser, filling a Response; the body of a 2xx may go out piece by piece.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "retz/http.hpp"

namespace retz::http {

using Piece = std::function<bool(std::string_view)>;  // false: stop

class ResponseParser final : public boost::beast::http::basic_parser<false> {
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

 public:
  /// `piece` may be null: the body is kept whole.
  ResponseParser(bool head_only, const Piece* piece) : piece_(piece) {
    eager(true);
    skip(head_only);
    header_limit(64 * 1024);
    body_limit(std::numeric_limits<std::uint64_t>::max());  // Beast 1.74 takes none for zero
  }
  Response response;
  bool stopped = false;

 private:
  void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int code, text, int, error_code&) override { response.status = code; }
  void on_field_impl(boost::beast::http::field field, text name, text value, error_code&) override {
    std::string content(value.data(), value.size());
    if (field == boost::beast::http::field::content_type) {
      response.content_type = std::move(content);
    } else {
      response.headers.emplace_back(std::string(name.data(), name.size()), std::move(content));
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  void on_finish_impl(error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code& error) override {
    return on_body_impl(body, error);
  }
  std::size_t on_body_impl(text body, error_code& error) override {
    if (piece_ == nullptr || response.status / 100 != 2) {
      response.body.append(body.data(), body.size());
    } else if (!(*piece_)(std::string_view(body.data(), body.size()))) {
      stopped = true;
      error = boost::system::errc::make_error_code(boost::system::errc::operation_canceled);
    }
    return body.size();
  }

  const Piece* piece_;
};

}  // namespace retz::http
