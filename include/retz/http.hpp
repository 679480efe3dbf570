// HTTP/1.1 for the reference server and its clients; Boost.Beast stays behind it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retz/result.hpp"

namespace retz::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = {};  // "GET"
  std::string target = {};  // as sent: path and query
  Headers headers = {};
  std::string body = {};
  /// Of the first header with that name, case-insensitive; empty when absent.
  std::string_view header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Headers headers = {};
  std::string body = {};
};

/// The sending side of one exchange. Threads: any; calls after the peer has gone return false and
/// do nothing.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// Sends a whole response. Requires: nothing was sent before.
  virtual bool send(Response response) = 0;
  /// Sends the head of a response whose body follows in pieces: chunked, or with the given length.
  virtual bool begin(Response head, std::optional<std::uint64_t> length) = 0;
  /// Queues a piece. `pending` of the bytes queued and not yet taken by the peer tells a producer
  /// to hold back.
  virtual bool write(std::string piece) = 0;
  virtual void end() = 0;
  virtual std::size_t pending() const = 0;
  virtual bool peer_gone() const = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                   // 0: any free one
  std::size_t body_max = 64 * 1024 * 1024;  // bytes; more is answered 413
  std::size_t header_max = 16 * 1024;       // bytes; more is answered 431
  std::size_t connections_max = 4096;       // more wait in the listen queue
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);     // between requests
  std::chrono::milliseconds receive_timeout = std::chrono::seconds(30);  // for one whole request
  std::chrono::milliseconds send_timeout = std::chrono::seconds(30);     // without progress
};

/// Called on the server's thread for each request; may answer later, from any thread, through the
/// exchange.
using Handler = std::function<void(Request, std::shared_ptr<Exchange>)>;

/// What the transport asks of its host program. Both may be absent. Called on the server's thread.
struct Guard {
  /// Of a request whose header has come and whose body has not, or not whole: a response refuses it
  /// and ends the connection, so that no stranger's body is kept. The handler sees those let in.
  std::function<std::optional<Response>(const Request& head)> admit = {};
  /// Fields of the answers that the transport gives by itself, such as 408.
  std::function<Headers()> fields = {};
};

/// One thread of its own. Destroying it closes all connections and joins the thread.
class Server {
 public:
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  /// Runs `task` on the server's thread after `delay` (for followers and time-outs).
  virtual void after(std::chrono::milliseconds delay, std::function<void()> task) = 0;
};
/// Error: io_error naming address and port and, where the port is taken, the way out.
Result<std::unique_ptr<Server>> serve(ServerOptions options, Handler handler, Guard guard = {});

struct ClientOptions {
  /// "http://127.0.0.1:9090", or "srv://_retz._tcp.example.org": whatever the name stands for is
  /// looked up at each connection.
  std::string url = {};
  std::string key_id = {}, secret = {};  // empty: requests are not signed
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  /// Without progress. While a stream of unknown length goes on it may be silent for any time;
  /// probes of the kernel then tell whether its server is still there.
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
};

/// Blocking, keeps its connection. Threads: one at a time.
class Client {
 public:
  virtual ~Client() = default;
  /// Signs, sends, waits. Re-connects once where the kept connection had been closed by the server.
  /// Error: unavailable (no server: says address and what to try), io_error.
  virtual Result<Response> call(std::string_view method, std::string_view target,
                                std::string_view body = {}, const Headers& headers = {}) = 0;
  /// The same, with the body handed over piece by piece as it comes; `piece` returns false to stop.
  /// An answer that is not 2xx comes back whole, without `piece` being called.
  virtual Result<Response> stream(std::string_view method, std::string_view target,
                                  const std::function<bool(std::string_view)>& piece) = 0;
};
/// Error: invalid_argument when the URL is not http://host[:port] or srv://NAME.
Result<std::unique_ptr<Client>> connect(ClientOptions options);

}  // namespace retz::http
