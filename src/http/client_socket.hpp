// A blocking TCP connection with time-outs, on plain sockets: a client needs no event loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "retz/result.hpp"

namespace retz::http {

class ClientSocket {
 public:
  ClientSocket() = default;
  ~ClientSocket() { close(); }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  /// Tries each address of the host. Error: unavailable.
  Result<void> connect(const std::string& host, std::uint16_t port,
                       std::chrono::milliseconds timeout);
  /// Whether the peer has closed, or sent what nobody asked for: unfit for another request.
  bool stale() const;
  bool is_open() const { return fd_ >= 0; }
  /// False when the peer has gone; Error: unavailable after `timeout` without progress.
  Result<bool> send(std::string_view bytes, std::chrono::milliseconds timeout);
  /// 0 at the end of input, also when the peer reset the connection. A negative time-out waits
  /// as long as the peer's machine answers keep-alive probes. Error: unavailable.
  Result<std::size_t> receive(char* data, std::size_t size, std::chrono::milliseconds timeout);
  /// Has the kernel find out when the peer's machine is gone.
  void probe();
  void close();

 private:
  int fd_ = -1;
};

}  // namespace retz::http
