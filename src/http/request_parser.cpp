#include "http/request_parser.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace retz::http {
namespace beast = boost::beast;

namespace {
// A body is announced by its sender: memory follows what has come, not what was said.
constexpr std::uint64_t reserve_max = 256 * 1024;
}  // namespace

RequestParser::RequestParser(std::size_t header_max, std::size_t body_max)
    : header_max_(header_max), body_max_(body_max) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(header_max));
  body_limit(body_max);
}

std::size_t RequestParser::take(const char* data, std::size_t size, error_code& error) {
  const bool in_header = !header_done_;
  const std::size_t taken = put(boost::asio::const_buffer(data, size), error);
  const bool starved = error == beast::http::error::need_more;
  if (starved) error = {};
  if (in_header && !header_done_) {
    header_seen_ += taken;
    if (!error && header_seen_ + (size - taken) > header_max_) {
      error = beast::http::error::header_limit;
    }
  } else if (!error && starved && size - taken > header_max_) {
    error = beast::http::error::bad_chunk_extension;  // a chunk head or trailer without end
  }
  return taken;
}

void RequestParser::on_request_impl(beast::http::verb, text method, text target, int version,
                                    error_code&) {
  http11 = version >= 11;
  request.method.assign(method.data(), method.size());
  request.target.assign(target.data(), target.size());
  request.headers.reserve(12);
}

void RequestParser::on_field_impl(beast::http::field field, text name, text value, error_code&) {
  if (header_done_) return;  // trailers say nothing that was signed
  if (field == beast::http::field::host) ++hosts;
  if (field == beast::http::field::expect) {
    wants_continue = beast::iequals(value, "100-continue");
    unmet_expectation = !wants_continue;
  }
  if (field == beast::http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
    unknown_coding = true;
  }
  request.headers.emplace_back(std::piecewise_construct,
                               std::forward_as_tuple(name.data(), name.size()),
                               std::forward_as_tuple(value.data(), value.size()));
}

void RequestParser::on_header_impl(error_code&) {
  header_done_ = true;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  if (length) request.body.reserve(static_cast<std::size_t>(std::min(*length, reserve_max)));
}

std::size_t RequestParser::on_body_impl(text body, error_code&) {
  request.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, text body, error_code& error) {
  // Beast charges a chunk against the limit by its head; the sum is held here as well.
  if (request.body.size() + body.size() > body_max_) {
    error = beast::http::error::body_limit;
    return 0;
  }
  request.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace retz::http
