// A web server of a few lines: one file, an ETag, a counter of what it sent.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace retz::test {

class WebServer {
 public:
  explicit WebServer(std::map<std::string, std::string> files) : files_(std::move(files)) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(socket_, 16);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~WebServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  std::string uri(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::atomic<int> sent = 0, unchanged = 0;

 private:
  std::string answer(const std::string& request) {
    const auto start = request.find(' ') + 1;
    const auto file = files_.find(request.substr(start, request.find(' ', start) - start));
    if (file == files_.end()) return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    if (request.find("If-None-Match: \"v1\"") != std::string::npos) {
      ++unchanged;
      return "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n";
    }
    ++sent;
    return "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: " +
           std::to_string(file->second.size()) + "\r\n\r\n" + file->second;
  }
  void serve() {
    while (true) {
      const int peer = accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto n = recv(peer, buffer, sizeof buffer, 0);
        if (n <= 0) break;
        request.append(buffer, static_cast<std::size_t>(n));
      }
      const std::string text = answer(request);
      send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      close(peer);
    }
  }

  std::map<std::string, std::string> files_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(socket_, 4);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  std::string uri(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  /// The next connection.
  int accept() const { return wait_for(socket_) ? ::accept(socket_, nullptr, nullptr) : -1; }
  /// Whether the other side goes, within a time in which no client gives up by itself. Closes.
  bool hung_up(int peer) const {
    bool gone = false;
    std::array<char, 4096> buffer;
    while (peer >= 0 && !gone && wait_for(peer)) {
      gone = recv(peer, buffer.data(), buffer.size(), 0) <= 0;
    }
    close(peer);
    return gone;
  }

 private:
  static bool wait_for(int fd) {
    pollfd one = {.fd = fd, .events = POLLIN, .revents = 0};
    return poll(&one, 1, 15'000) == 1;
  }
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace retz::test
