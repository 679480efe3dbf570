// The blocking client: signs, sends, and reads answers with Beast's parser.
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "http/client_socket.hpp"
#include "http/response_parser.hpp"
#include "http/service_record.hpp"
#include "http/wire.hpp"
#include "retz/http.hpp"
#include "retz/signature.hpp"

namespace retz::http {
namespace {

namespace beast = boost::beast;

struct Address {
  std::string service;  // where given: host and port are what its record says, each time anew
  std::string host;
  std::uint16_t port = 80;
};

Result<Address> address_of(std::string_view url) {
  const auto wrong = [&] {
    return fail(Errc::invalid_argument,
                "\"" + std::string(url) +
                    "\" is not the address of a server: write http://host:port or srv://NAME",
                "retz.server.uri");
  };
  std::string_view rest = url;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  Address out;
  if (rest.starts_with("srv://")) {
    out.service = rest.substr(6);
    if (out.service.empty() || out.service.find_first_of("/:?#@ \t\r\n") != std::string::npos) {
      return wrong();
    }
    return out;
  }
  if (!rest.starts_with("http://")) return wrong();
  rest.remove_prefix(7);
  std::size_t end = rest.find(':');
  if (rest.starts_with('[')) {
    end = rest.find(']');
    if (end == std::string_view::npos) return wrong();
    out.host = rest.substr(1, end - 1);
    ++end;
  } else {
    out.host = rest.substr(0, end);
  }
  rest.remove_prefix(std::min(end, rest.size()));
  if (!rest.empty()) {
    if (rest.front() != ':') return wrong();
    rest.remove_prefix(1);
    const auto [stop, error] = std::from_chars(rest.begin(), rest.end(), out.port);
    if (error != std::errc{} || stop != rest.end() || out.port == 0) return wrong();
  }
  if (out.host.empty() || out.host.find_first_of("/?#@ \t\r\n") != std::string::npos) {
    return wrong();
  }
  return out;
}

/// The form that Retz 0.5 signs, "2017-08-31T08:36:46.431Z".
std::string date_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string fraction = std::to_string(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::string(text.data(), size) + "." + fraction + "Z";
}

class BlockingClient final : public Client {
 public:
  BlockingClient(ClientOptions options, Address address)
      : options_(std::move(options)), address_(std::move(address)) {}

  Result<Response> call(std::string_view method, std::string_view target, std::string_view body,
                        const Headers& headers) override {
    return exchange(method, target, body, headers, nullptr);
  }
  Result<Response> stream(std::string_view method, std::string_view target,
                          const Piece& piece) override {
    return exchange(method, target, {}, {}, &piece);
  }

 private:
  Result<Response> exchange(std::string_view method, std::string_view target, std::string_view body,
                            const Headers& headers, const Piece* piece);
  std::string request_head(std::string_view method, std::string_view target, std::string_view body,
                           const Headers& headers) const;
  Result<Response> receive(bool head_only, const Piece* piece, bool& seen);
  Result<void> connect();

  ClientOptions options_;
  Address address_;
  ClientSocket socket_;
};

std::string BlockingClient::request_head(std::string_view method, std::string_view target,
                                         std::string_view body, const Headers& headers) const {
  std::string out;
  out.reserve(512);
  const auto field = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  const bool v6 = address_.host.find(':') != std::string::npos;
  field("Host",
        (v6 ? "[" + address_.host + "]" : address_.host) + ":" + std::to_string(address_.port));
  bool typed = false;
  for (const auto& [name, value] : headers) {
    field(name, value);
    typed = typed || same_name(name, "Content-Type");
  }
  const std::string digest = body_md5(body);
  if (!body.empty()) {
    if (!typed) field("Content-Type", "application/json");
    field("Content-MD5", digest);
  }
  if (!body.empty() || method == "POST" || method == "PUT") {
    field("Content-Length", std::to_string(body.size()));
  }
  if (!options_.key_id.empty()) {
    const std::string date = date_now();
    field("Date", date);
    field("Authorization",
          "Retz-auth-v1 " + options_.key_id + ":" +
              sign(options_.secret, string_to_sign(method, digest, date, resource_of(target))));
  }
  out += "\r\n";
  return out;
}

// Names are looked up each time: the server may have moved since.
Result<void> BlockingClient::connect() {
  if (address_.service.empty()) {
    return socket_.connect(address_.host, address_.port, options_.connect_timeout);
  }
  const auto found = look_up_service(address_.service);
  if (!found) return tl::unexpected(found.error());
  Result<void> connected;
  for (const ServiceAddress& one : *found) {
    address_.host = one.host;
    address_.port = one.port;
    connected = socket_.connect(one.host, one.port, options_.connect_timeout);
    if (connected) break;
  }
  return connected;
}

Result<Response> BlockingClient::exchange(std::string_view method, std::string_view target,
                                          std::string_view body, const Headers& headers,
                                          const Piece* piece) {
  bool repeatable = method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
  for (const auto& [name, value] : headers) {
    repeatable = repeatable || (same_name(name, "Idempotency-Key") && !value.empty());
  }
  if (socket_.is_open() && socket_.stale()) socket_.close();
  for (;;) {
    const bool kept = socket_.is_open();
    if (!kept) {
      if (auto connected = connect(); !connected) return tl::unexpected(connected.error());
    }
    std::string bytes = request_head(method, target, body, headers);
    const bool joined = body.size() <= 64 * 1024;
    if (joined) bytes += body;
    // A server may answer before it has read everything (413) and close: its answer counts, so a
    // failed send goes on to read.
    auto sent = socket_.send(bytes, options_.timeout);
    if (sent && *sent && !joined) sent = socket_.send(body, options_.timeout);
    bool seen = false;
    Result<Response> response = receive(method == "HEAD", piece, seen);
    if (response) return response;
    socket_.close();
    if (!sent) return tl::unexpected(sent.error());
    const bool closed = response.error().code == Errc::io_error;
    if (!(closed && kept && !seen && repeatable)) return response;
  }
}

Result<Response> BlockingClient::receive(bool head_only, const Piece* piece, bool& seen) {
  std::string pending;
  std::array<char, 64 * 1024> room;
  auto timeout = options_.timeout;
  for (;;) {  // over interim answers
    ResponseParser parser(head_only, piece);
    while (!parser.is_done()) {
      if (!pending.empty()) {
        beast::error_code error;
        pending.erase(0, parser.put(boost::asio::buffer(pending), error));
        if (parser.stopped) {
          socket_.close();
          return std::move(parser.response);
        }
        if (error && error != beast::http::error::need_more) {
          return fail(Errc::unavailable, "the answer of " + address_.host + " is not HTTP (" +
                                             error.message() +
                                             "): is the address that of retz-server?");
        }
        if (parser.is_done()) break;
      }
      // A stream of unknown length may be silent for long.
      const bool open_ended =
          piece != nullptr && parser.is_header_done() && !parser.content_length();
      if (open_ended && timeout.count() >= 0) {
        socket_.probe();
        timeout = std::chrono::milliseconds(-1);
      }
      const auto got = socket_.receive(room.data(), room.size(), timeout);
      if (!got) return tl::unexpected(got.error());
      if (*got == 0) {
        beast::error_code error = beast::http::error::partial_message;
        if (parser.got_some()) parser.put_eof(error);
        if (!error && parser.is_done()) break;
        return fail(Errc::io_error, "the server closed the connection before it had answered");
      }
      seen = true;
      pending.append(room.data(), *got);
    }
    if (parser.response.status / 100 == 1) continue;
    if (!parser.keep_alive()) socket_.close();
    return std::move(parser.response);
  }
}

}  // namespace

Result<std::unique_ptr<Client>> connect(ClientOptions options) {
  auto address = address_of(options.url);
  if (!address) return tl::unexpected(address.error());
  return std::make_unique<BlockingClient>(std::move(options), std::move(*address));
}

}  // namespace retz::http
