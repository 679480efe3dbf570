// A plain loopback socket for tests that send and expect literal bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace retz::test {

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawSocket() { close(); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool connected() const { return connected_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end_output() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  /// Until the text has come, the peer has closed, or ten seconds have passed.
  std::string read_until(std::string_view text) {
    while (seen_.find(text) == std::string::npos && read_some()) {
    }
    return seen_;
  }
  /// Until at least so many bytes have come.
  std::string read_bytes(std::size_t count) {
    while (seen_.size() < count && read_some()) {
    }
    return seen_;
  }
  std::string read_to_end() {
    while (read_some()) {
    }
    return seen_;
  }
  /// The peer closed, in order or by a reset.
  bool ended() const { return ended_; }
  void forget() { seen_.clear(); }

 private:
  bool read_some() {
    pollfd entry{fd_, POLLIN, 0};
    if (ended_ || ::poll(&entry, 1, 10000) != 1) return false;
    char room[16384];
    const auto got = ::recv(fd_, room, sizeof room, 0);
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    seen_.append(room, static_cast<std::size_t>(got));
    return true;
  }

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string seen_;
};

/// Polls until the condition holds; false after ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace retz::test
