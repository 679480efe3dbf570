// Sends prepared HTTP requests over several kept connections, one in flight on each, as fast as the
// server answers. The requests are signed beforehand, so that the generator costs little.
//
// usage: load PORT CONNECTIONS FILE     FILE: requests, each behind its length (32 bits, host
// order)
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int socket = -1;
  std::string_view unsent;
  std::string answer;
  Clock::time_point sent;
};

struct Load {
  std::string file;
  std::vector<std::string_view> requests;
  std::size_t next = 0, answered = 0, refused = 0;
  std::vector<std::int64_t> latencies;  // microseconds
};

void read_requests(const char* path, Load& load) {
  std::ifstream in(path, std::ios::binary);
  load.file.assign(std::istreambuf_iterator<char>(in), {});
  for (std::size_t at = 0; at + 4 <= load.file.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, load.file.data() + at, 4);
    load.requests.push_back(std::string_view(load.file).substr(at + 4, length));
    at += 4 + length;
  }
  load.latencies.reserve(load.requests.size());
}

void send_some(Connection& connection) {
  while (!connection.unsent.empty()) {
    const ssize_t sent = send(connection.socket, connection.unsent.data(), connection.unsent.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) fail("send");
    connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void begin_next(Connection& connection, Load& load) {
  if (load.next == load.requests.size()) return;
  connection.unsent = load.requests[load.next++];
  connection.sent = Clock::now();
  send_some(connection);
}

/// Whether the answer is there as a whole; takes it away.
bool take_answer(Connection& connection, Load& load) {
  const std::string& text = connection.answer;
  const auto head = text.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const auto field = text.find("Content-Length: ");
  if (field > head) {
    std::fprintf(stderr, "an answer without Content-Length\n");
    std::exit(1);
  }
  const std::size_t length = std::strtoul(text.c_str() + field + 16, nullptr, 10);
  if (text.size() < head + 4 + length) return false;
  if (text.compare(9, 1, "2") != 0 && load.refused++ == 0)
    std::fprintf(stderr, "refused: %s\n", text.c_str());
  load.latencies.push_back(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.sent)
          .count());
  ++load.answered;
  connection.answer.clear();
  return true;
}

void receive(Connection& connection, Load& load) {
  char buffer[65536];
  const ssize_t got = recv(connection.socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("the server closed a connection");
  connection.answer.append(buffer, static_cast<std::size_t>(got));
  if (take_answer(connection, load)) begin_next(connection, load);
}

int open_connection(std::uint16_t port) {
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

void run(std::vector<Connection>& connections, Load& load) {
  const int poll = epoll_create1(0);
  for (auto& connection : connections) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &connection;
    epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
    begin_next(connection, load);
  }
  epoll_event events[64];
  while (load.answered < load.requests.size()) {
    const int ready = epoll_wait(poll, events, 64, 30000);
    if (ready == 0) {
      std::fprintf(stderr, "no answer for 30 s, %zu of %zu so far\n", load.answered,
                   load.requests.size());
      std::exit(1);
    }
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      send_some(connection);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection, load);
    }
  }
  close(poll);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: load PORT CONNECTIONS FILE\n");
    return 2;
  }
  Load load;
  read_requests(arguments[3], load);
  std::vector<Connection> connections(std::strtoul(arguments[2], nullptr, 10));
  if (load.requests.empty() || connections.empty()) return 2;
  for (auto& connection : connections)
    connection.socket =
        open_connection(static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10)));
  const auto start = Clock::now();
  run(connections, load);
  const std::chrono::duration<double> taken = Clock::now() - start;
  std::sort(load.latencies.begin(), load.latencies.end());
  const auto at = [&](std::size_t percent) {
    return load.latencies[(load.latencies.size() - 1) * percent / 100];
  };
  std::printf(
      "{\"seconds\": %.6f, \"requests\": %zu, \"refused\": %zu, \"p50_us\": %ld, \"p99_us\": "
      "%ld}\n",
      taken.count(), load.answered, load.refused, at(50), at(99));
  for (auto& connection : connections) close(connection.socket);
  return load.refused == 0 ? 0 : 1;
}
