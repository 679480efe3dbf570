#include "http/client_socket.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace retz::http {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string error_text(int code) {
  return std::error_code(code, std::generic_category()).message();
}

/// 1 ready, 0 time is up. A negative time-out never ends.
int wait_for(int fd, short events, milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    int left = -1;
    if (timeout.count() >= 0) {
      const auto rest = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
      left = rest < 0 ? 0 : static_cast<int>(rest);
    }
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, left);
    if (ready > 0) return 1;
    if (ready == 0) return 0;
    if (errno != EINTR) return 1;  // the call that follows says what is wrong
  }
}

void set(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

int connect_to(const addrinfo& address, milliseconds timeout, int& fd) {
  fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                address.ai_protocol);
  if (fd < 0) return errno;
  int error = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof error;
    error = ETIMEDOUT;
    if (wait_for(fd, POLLOUT, timeout) == 1) {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error != 0) {
    ::close(fd);
    fd = -1;
  }
  return error;
}

}  // namespace

Result<void> ClientSocket::connect(const std::string& host, std::uint16_t port,
                                   milliseconds timeout) {
  close();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string where = host + ":" + std::to_string(port);
  const int found = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (found != 0) {
    return fail(Errc::unavailable, "the host of " + where + " is not known here (" +
                                       ::gai_strerror(found) +
                                       "): check the server's address (retz.server.uri)");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  int error = EHOSTUNREACH;
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    error = connect_to(*address, timeout, fd_);
    if (error == 0) {
      set(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
      return {};
    }
  }
  return fail(Errc::unavailable,
              "no server answers at " + where + " (" + error_text(error) +
                  "): start retz-server, or check the server's address (retz.server.uri)");
}

bool ClientSocket::stale() const {
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

Result<bool> ClientSocket::send(std::string_view bytes, milliseconds timeout) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (wait_for(fd_, POLLOUT, timeout) == 0) {
        return fail(Errc::unavailable, "the server takes no more of the request");
      }
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

Result<std::size_t> ClientSocket::receive(char* data, std::size_t size, milliseconds timeout) {
  for (;;) {
    const ssize_t got = ::recv(fd_, data, size, 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == ECONNRESET || errno == EPIPE) return std::size_t{0};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      return fail(Errc::unavailable, "the connection to the server broke: " + error_text(errno));
    }
    if (wait_for(fd_, POLLIN, timeout) == 0) {
      return fail(Errc::unavailable, "the server does not answer: nothing came for " +
                                         std::to_string(timeout.count()) + " ms");
    }
  }
}

void ClientSocket::probe() {
  set(fd_, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd_, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(fd_, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

void ClientSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace retz::http
