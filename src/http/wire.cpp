#include "http/wire.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/http/status.hpp>

namespace retz::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const std::size_t start = out.size();
  out += value;
  // A value can come from outside (a file's name); a line break in it would be a field of its own.
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out += "\r\n";
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string head_of(const Response& response, ResponseRules rules, Framing framing,
                    std::uint64_t length) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string out;
  out.reserve(256);
  out += rules.http11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (framing == Framing::length && !bodiless) {
    out += "Content-Length: ";
    append_number(out, length);
    out += "\r\n";
  }
  if (!rules.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!rules.http11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  return out;
}

Response refusal(int status, std::string_view code, std::string_view message) {
  Response out;
  out.status = status;
  out.body.append(R"({"error":{"code":")").append(code).append(R"(","field":"","message":")");
  out.body.append(message).append("\"}}");
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

}  // namespace retz::http
