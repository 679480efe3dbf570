// A server of literal bytes on a free loopback port: each connection is served by a thread that
// follows the test's script.
#pragma once

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "unit/http/raw_socket.hpp"

namespace retz::test {

class Peer {
 public:
  /// A request as it came.
  struct Asked {
    std::string head;  // with the request line and the empty line
    std::string body;
    bool whole = false;  // false: the client went away
    std::string field(std::string_view name) const {
      std::string lower = head;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char c) { return std::tolower(c); });
      const auto at = lower.find("\r\n" + std::string(name) + ": ");
      if (at == std::string::npos) return {};
      const auto from = at + name.size() + 4;
      return head.substr(from, head.find("\r\n", from) - from);
    }
  };
  class Connection {
   public:
    Connection(int fd, int number_) : number(number_), fd_(fd) {}
    Asked read() {
      Asked out;
      std::size_t end = 0;
      while ((end = seen_.find("\r\n\r\n")) == std::string::npos) {
        if (!more()) return out;
      }
      out.head = seen_.substr(0, end + 4);
      seen_.erase(0, end + 4);
      std::size_t length = 0;
      const auto text = out.field("content-length");
      std::from_chars(text.data(), text.data() + text.size(), length);
      while (seen_.size() < length) {
        if (!more()) return out;
      }
      out.body = seen_.substr(0, length);
      seen_.erase(0, length);
      out.whole = true;
      return out;
    }
    bool write(std::string_view bytes) {
      while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
    /// Until the client goes away, or the peer ends.
    void wait_for_the_end() {
      while (more()) {
      }
    }
    void close() { ::shutdown(fd_, SHUT_RDWR); }
    const int number;  // from 0

   private:
    bool more() {
      char room[4096];
      const auto got = ::recv(fd_, room, sizeof room, 0);
      if (got <= 0) return false;
      seen_.append(room, static_cast<std::size_t>(got));
      return true;
    }
    int fd_;
    std::string seen_;
  };

  explicit Peer(std::function<void(Connection&)> serve, std::uint16_t wanted = 0) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(wanted);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    accepting_ = std::thread([this, serve = std::move(serve)] { accept_all(serve); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    for (const int fd : open_) ::close(fd);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  void accept_all(const std::function<void(Connection&)>& serve) {
    for (int number = 0;; ++number) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      ++connections;
      threads_.emplace_back([fd, number, serve] {
        Connection connection(fd, number);
        serve(connection);
        connection.close();
      });
    }
  }

  int listener_ = -1;
  std::thread accepting_;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
};

/// A port on which nobody listens.
inline std::uint16_t dead_port() {
  return Peer([](Peer::Connection&) {}).port;
}

}  // namespace retz::test
