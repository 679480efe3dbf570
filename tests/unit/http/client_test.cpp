// The blocking client, against the server and against servers that misbehave.
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "raw_socket.hpp"
#include "retz/http.hpp"
#include "retz/signature.hpp"

using namespace retz;
using namespace retz::http;
using retz::test::eventually;
using std::chrono::milliseconds;

namespace {

std::string url_of(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

std::unique_ptr<Client> client_of(std::uint16_t port) {
  auto client = connect({.url = url_of(port)});
  REQUIRE(client);
  return std::move(*client);
}

/// Accepts connections on a free port; each is served by the script with its number, from 0.
class Script {
 public:
  explicit Script(std::function<void(int fd, int number)> serve) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 8);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (int number = 0;; ++number) {
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        ++connections;
        serve(fd, number);
        ::close(fd);
      }
    });
  }
  ~Script() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  static void read_request(int fd) {
    std::string seen;
    char c = 0;
    while (seen.find("\r\n\r\n") == std::string::npos && ::recv(fd, &c, 1, 0) == 1) seen += c;
  }
  static void write(int fd, std::string_view text) {
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }
  std::uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  int listener_ = -1;
  std::thread thread_;
};

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("calls are signed over verb, body digest, date and resource") {
  Request seen;
  auto server = serve({}, [&](Request request, const std::shared_ptr<Exchange>& exchange) {
    seen = std::move(request);
    exchange->send({.status = 201, .content_type = "text/x", .headers = {{"A", "b"}}, .body = "c"});
  });
  REQUIRE(server);
  auto client = connect({.url = url_of((*server)->port()) + "/", .key_id = "me", .secret = "hush"});
  REQUIRE(client);
  const auto response = (*client)->call("POST", "/v1/a%20b?c=%2B", "body", {{"X-More", "y"}});
  REQUIRE(response);
  CHECK(response->status == 201);
  CHECK(response->content_type == "text/x");
  CHECK(response->body == "c");
  CHECK(seen.body == "body");
  CHECK(seen.header("x-more") == "y");
  CHECK(seen.header("content-type") == "application/json");
  CHECK(seen.header("content-md5") == body_md5("body"));
  const std::string text =
      string_to_sign("POST", body_md5("body"), seen.header("date"), "/v1/a b?c=%2B");
  CHECK(seen.header("authorization") == "Retz-auth-v1 me:" + sign("hush", text));
  CHECK(seen.header("date").size() == 24);
}

TEST_CASE("one connection serves many calls") {
  Script script([](int fd, int) {
    for (int i = 0; i < 3; ++i) {
      Script::read_request(fd);
      Script::write(fd, ok);
    }
  });
  const auto client = client_of(script.port);
  for (int i = 0; i < 3; ++i) CHECK(client->call("GET", "/")->body == "ok");
  CHECK(script.connections == 1);
}

TEST_CASE("a kept connection that the server closed is replaced unseen") {
  Script script([](int fd, int) {
    Script::read_request(fd);
    Script::write(fd, ok);
  });
  const auto client = client_of(script.port);
  CHECK(client->call("GET", "/")->body == "ok");
  CHECK(client->call("GET", "/")->body == "ok");
  CHECK(client->call("DELETE", "/")->body == "ok");
  CHECK(script.connections == 3);
}

TEST_CASE("a request lost on a kept connection is repeated only if that is safe") {
  // The first connection answers once, takes a second request and closes without a byte.
  const auto first_fails = [](int fd, int number) {
    Script::read_request(fd);
    Script::write(fd, ok);
    if (number == 0) Script::read_request(fd);
  };
  {
    Script script(first_fails);
    const auto client = client_of(script.port);
    REQUIRE(client->call("GET", "/"));
    CHECK(client->call("GET", "/")->body == "ok");
    CHECK(script.connections == 2);
  }
  {
    Script script(first_fails);
    const auto client = client_of(script.port);
    REQUIRE(client->call("GET", "/"));
    const auto lost = client->call("POST", "/", "x");
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::io_error);
  }
  Script script(first_fails);
  const auto client = client_of(script.port);
  REQUIRE(client->call("GET", "/"));
  CHECK(client->call("POST", "/", "x", {{"Idempotency-Key", "k"}})->body == "ok");
}

TEST_CASE("an answer cut short is an error, not a short answer") {
  Script script([](int fd, int) {
    Script::read_request(fd);
    Script::write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  });
  const auto client = client_of(script.port);
  const auto response = client->call("GET", "/");
  REQUIRE_FALSE(response);
  CHECK(response.error().code == Errc::io_error);
}

TEST_CASE("interim answers are passed over") {
  Script script([](int fd, int) {
    Script::read_request(fd);
    Script::write(fd, "HTTP/1.1 100 Continue\r\n\r\n" + std::string(ok));
  });
  CHECK(client_of(script.port)->call("GET", "/")->body == "ok");
}

TEST_CASE("no server, a silent server and one that is not HTTP are told apart") {
  std::uint16_t free_port = 0;
  {
    Script script([](int, int) {});
    free_port = script.port;
  }
  const auto none = client_of(free_port)->call("GET", "/");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::unavailable);
  CHECK(none.error().message.find("127.0.0.1:" + std::to_string(free_port)) != std::string::npos);
  CHECK(none.error().message.find("start retz-server") != std::string::npos);

  Script silent([](int fd, int) {
    Script::read_request(fd);
    Script::read_request(fd);
  });
  auto client = connect({.url = url_of(silent.port), .timeout = milliseconds(50)});
  const auto waited = (*client)->call("GET", "/");
  REQUIRE_FALSE(waited);
  CHECK(waited.error().message.find("does not answer") != std::string::npos);
  client->reset();

  Script other([](int fd, int) { Script::write(fd, "220 smtp ready\r\n"); });
  const auto strange = client_of(other.port)->call("GET", "/");
  REQUIRE_FALSE(strange);
  CHECK(strange.error().message.find("is not HTTP") != std::string::npos);
}

TEST_CASE("a server that refuses a large body early is heard") {
  ServerOptions options;
  options.body_max = 1000;
  auto server = serve(options, [](const Request&, const std::shared_ptr<Exchange>&) {});
  REQUIRE(server);
  const auto client = client_of((*server)->port());
  const auto response = client->call("POST", "/", std::string(20'000'000, 'x'));
  REQUIRE(response);
  CHECK(response->status == 413);
}

TEST_CASE("streams come piece by piece and can be stopped; refusals come whole") {
  auto server = serve({}, [](const Request& request, const std::shared_ptr<Exchange>& exchange) {
    if (request.target == "/no") {
      exchange->send({.status = 404, .body = "nothing here"});
      return;
    }
    exchange->begin({},
                    request.target == "/sized" ? std::optional<std::uint64_t>(6) : std::nullopt);
    exchange->write("abc");
    exchange->write("def");
    exchange->end();
  });
  REQUIRE(server);
  const auto client = client_of((*server)->port());
  for (const char* target : {"/open", "/sized"}) {
    std::string seen;
    const auto whole = client->stream("GET", target, [&](std::string_view piece) {
      seen += piece;
      return true;
    });
    REQUIRE(whole);
    CHECK(whole->body.empty());
    CHECK(seen == "abcdef");
  }
  int pieces = 0;
  REQUIRE(client->stream("GET", "/open", [&](std::string_view) { return ++pieces > 5; }));
  CHECK(pieces == 1);
  const auto refused = client->stream("GET", "/no", [&](std::string_view) { return false; });
  REQUIRE(refused);
  CHECK(refused->status == 404);
  CHECK(refused->body == "nothing here");
  CHECK(client->call("HEAD", "/no")->status == 404);
}

TEST_CASE("addresses that are not http://host[:port] are refused") {
  for (const char* url : {"", "127.0.0.1:9090", "https://x:1", "http://", "http://:80", "http://x:",
                          "http://x:0", "http://x:99999", "http://x:1/path", "http://a b:1"}) {
    CAPTURE(url);
    const auto client = connect({.url = url});
    REQUIRE_FALSE(client);
    CHECK(client.error().code == Errc::invalid_argument);
  }
  for (const char* url : {"http://localhost", "http://localhost:9090/", "http://[::1]:9090"}) {
    CAPTURE(url);
    CHECK(connect({.url = url}));
  }
}
