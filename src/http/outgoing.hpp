// An outgoing HTTP/1.1 connection on a Loop: requests are pipelined, answers come in order, their
// bodies may be streamed; with or without TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/loop.hpp"
#include "http/tls.hpp"
#include "retz/http.hpp"

namespace retz::http {

struct OutgoingOptions {
  std::string host = {};
  std::uint16_t port = 0;
  std::shared_ptr<Tls> tls = {};                                        // null: plain
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);  // with name and handshake
  /// Without progress, while an answer is owed; no limit between the pieces of a stream.
  std::chrono::milliseconds answer_timeout = std::chrono::seconds(30);
  std::size_t body_max = 64 * 1024 * 1024;  // of an answer that is kept whole
};

/// How an answer is taken. Called on the loop's thread; they may close or drop the connection.
struct Reply {
  /// With `piece`: 2xx come piece by piece, after `head`; the answer that `end` gets has no body.
  std::function<void(const Response& head)> head = {};
  std::function<void(std::string_view bytes)> piece = {};
  /// Once: the answer, whole; or why there is none. `sent`: the server may have got (part of) the
  /// request. Error: unavailable, saying where and why.
  std::function<void(Result<Response> answer, bool sent)> end = {};
};

/// Threads: the loop's.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  /// Before it is connected, too. On a closed one `end` is called at once.
  virtual void send(std::string_view method, std::string_view target, const Headers& headers,
                    std::string_view body, Reply reply) = 0;
  /// No reply is called any more.
  virtual void close() = 0;
  virtual bool closed() const = 0;
  /// Of requests not yet taken by the socket, bytes.
  virtual std::size_t unsent() const = 0;
};

/// Begins to connect. What goes wrong is told to the replies.
std::shared_ptr<Outgoing> outgoing(Loop& loop, OutgoingOptions options);

}  // namespace retz::http
