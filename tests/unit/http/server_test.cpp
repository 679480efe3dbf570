// The transport on literal bytes, over real loopback sockets.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "raw_socket.hpp"
#include "retz/http.hpp"

using namespace retz;
using namespace retz::http;
using retz::test::count_of;
using retz::test::eventually;
using retz::test::RawSocket;
using std::chrono::milliseconds;

namespace {

/// Answers with method, target and body.
void echo(Request request, const std::shared_ptr<Exchange>& exchange) {
  Response response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.target + " [" + request.body + "]";
  exchange->send(std::move(response));
}

std::unique_ptr<Server> start(ServerOptions options = {}, Handler handler = echo) {
  auto server = serve(std::move(options), std::move(handler));
  REQUIRE(server);
  return std::move(*server);
}

std::string answer_to(std::string_view bytes, ServerOptions options = {}) {
  const auto server = start(std::move(options));
  RawSocket socket(server->port());
  socket.send(bytes);
  socket.end_output();
  return socket.read_to_end();
}

}  // namespace

TEST_CASE("a request is answered with its length and the connection stays open") {
  const auto server = start();
  RawSocket socket(server->port());
  for (int i = 0; i < 3; ++i) {
    socket.forget();
    socket.send("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(socket.read_until("]") ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nGET /a?b=c []");
  }
}

TEST_CASE("pipelined requests are answered in their order") {
  const auto server = start();
  RawSocket socket(server->port());
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
  }
  socket.send(bytes);
  const std::string seen = socket.read_until("POST /199 [ab]");
  std::size_t at = 0;
  for (int i = 0; i < 200; ++i) {
    at = seen.find("POST /" + std::to_string(i) + " [ab]", at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("pipelined requests wait for an answer that comes from another thread") {
  std::shared_ptr<Exchange> first;
  std::atomic<bool> came{false};
  const auto server = start({}, [&](Request request, std::shared_ptr<Exchange> exchange) {
    if (request.target != "/slow") return echo(std::move(request), exchange);
    first = std::move(exchange);
    came = true;
  });
  RawSocket socket(server->port());
  socket.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([&] { return came.load(); }));
  std::thread([&] { first->send({.body = "slow is done"}); }).join();
  const std::string seen = socket.read_until("/fast []");
  CHECK(seen.find("slow is done") < seen.find("/fast []"));
  first.reset();
}

TEST_CASE("a request may come byte by byte") {
  const auto server = start();
  RawSocket socket(server->port());
  const std::string bytes =
      "\r\nPOST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  for (const char c : bytes) REQUIRE(socket.send({&c, 1}));
  CHECK(socket.read_until("]").find("POST /x [abcde]") != std::string::npos);
}

TEST_CASE("HEAD is answered without a body but with its length") {
  const std::string seen = answer_to("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(seen ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n"
        "Connection: close\r\n\r\n");
}

TEST_CASE("HTTP/1.0 is closed after its answer, or kept when it asks") {
  CHECK(answer_to("GET /x HTTP/1.0\r\n\r\n").find("HTTP/1.0 200 OK") == 0);
  const auto server = start();
  RawSocket socket(server->port());
  socket.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(socket.read_until("[]").find("Connection: keep-alive") != std::string::npos);
  socket.forget();
  socket.send("GET /y HTTP/1.0\r\n\r\n");
  CHECK(socket.read_to_end().find("GET /y []") != std::string::npos);
}

TEST_CASE("a half-closed peer gets the answers to what it asked") {
  const std::string seen =
      answer_to("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(seen.find("GET /1 []") != std::string::npos);
  CHECK(seen.find("GET /2 []") != std::string::npos);
}

TEST_CASE("Expect: 100-continue is answered before the body comes") {
  const auto server = start();
  RawSocket socket(server->port());
  socket.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(socket.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("abc");
  CHECK(socket.read_until("[abc]").find("200 OK") != std::string::npos);
}

TEST_CASE("a body announced too large is refused before it is sent") {
  ServerOptions options;
  options.body_max = 1000;
  const auto server = start(options);
  RawSocket socket(server->port());
  socket.send(
      "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  const std::string seen = socket.read_until("}}");
  CHECK(seen.find("HTTP/1.1 413 ") == 0);
  CHECK(seen.find("Connection: close") != std::string::npos);
  CHECK(seen.find(R"("code":"too_large")") != std::string::npos);
}

TEST_CASE("a peer that sends all of a too large body still gets the refusal") {
  ServerOptions options;
  options.body_max = 1000;
  const auto server = start(options);
  RawSocket socket(server->port());
  const std::string body(3'000'000, 'x');
  socket.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + body);
  socket.end_output();
  CHECK(socket.read_to_end().find("HTTP/1.1 413 ") == 0);
}

TEST_CASE("chunks that add up to too much are refused") {
  ServerOptions options;
  options.body_max = 10;
  CHECK(answer_to("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n",
                  options)
            .find("HTTP/1.1 413 ") == 0);
  CHECK(answer_to("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n",
                  options)
            .find("HTTP/1.1 200 ") == 0);
}

TEST_CASE("a huge header is refused, in one piece or in many") {
  ServerOptions options;
  options.header_max = 2000;
  const std::string huge = "X-Long: " + std::string(3000, 'x');
  CHECK(answer_to("GET / HTTP/1.1\r\nHost: x\r\n" + huge + "\r\n\r\n", options)
            .find("HTTP/1.1 431 ") == 0);
  const auto server = start(options);
  RawSocket socket(server->port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 1000 && socket.send("X-" + std::to_string(i) + ": yyyyyyyy\r\n"); ++i) {
  }
  CHECK(socket.read_to_end().find("HTTP/1.1 431 ") == 0);
}

TEST_CASE("malformed requests are refused with 400") {
  const char* requests[] = {
      "GARBAGE\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
      "GET /\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\n\n",
      "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n",
      "\x16\x03\x01\x02\x01",
  };
  for (const char* request : requests) {
    CAPTURE(request);
    const std::string seen = answer_to(request);
    CHECK(seen.find("HTTP/1.1 400 ") == 0);
    CHECK(count_of(seen, "HTTP/1.1 4") == 1);
  }
}

TEST_CASE("unknown codings and expectations are refused by name of the status") {
  CHECK(answer_to("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
            .find("HTTP/1.1 501 ") == 0);
  CHECK(answer_to("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n").find("HTTP/1.1 417 ") ==
        0);
}

TEST_CASE("a chunk head without end is refused, not stored") {
  ServerOptions options;
  options.header_max = 1000;
  const auto server = start(options);
  RawSocket socket(server->port());
  socket.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;");
  for (int i = 0; i < 1000 && socket.send("xxxxxxxxxx"); ++i) {
  }
  CHECK(socket.read_to_end().find("HTTP/1.1 400 ") == 0);
}

TEST_CASE("trailers are no headers") {
  std::string header = "none";
  const auto server = start({}, [&](Request request, const std::shared_ptr<Exchange>& exchange) {
    header = request.header("authorization");
    exchange->send({});
  });
  RawSocket socket(server->port());
  socket.send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\na\r\n0\r\nAuthorization: stolen\r\n\r\n");
  socket.read_until("200 OK");
  CHECK(header.empty());
}

TEST_CASE("a silent connection is closed after the idle time-out") {
  ServerOptions options;
  options.idle_timeout = milliseconds(100);
  const auto server = start(options);
  RawSocket silent(server->port());
  CHECK(silent.read_to_end().empty());
  CHECK(silent.ended());
  RawSocket once(server->port());
  once.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(count_of(once.read_to_end(), "HTTP/1.1 200") == 1);
  CHECK(once.ended());
}

TEST_CASE("a request that trickles in is cut off, however lively") {
  ServerOptions options;
  options.receive_timeout = milliseconds(200);
  const auto server = start(options);
  RawSocket socket(server->port());
  socket.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> stop{false};
  std::thread trickle([&] {
    while (!stop && socket.send("X: y\r\n")) ::poll(nullptr, 0, 10);
  });
  const std::string seen = socket.read_until("}}");
  stop = true;
  trickle.join();
  CHECK(seen.find("HTTP/1.1 408 ") == 0);
}

TEST_CASE("more connections than allowed wait until one closes") {
  ServerOptions options;
  options.connections_max = 2;
  const auto server = start(options);
  auto first = std::make_unique<RawSocket>(server->port());
  first->send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  first->read_until("[]");
  RawSocket second(server->port());
  second.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  second.read_until("[]");
  RawSocket third(server->port());
  third.send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  first.reset();
  CHECK(third.read_until("[]").find("GET /3 []") != std::string::npos);
}

TEST_CASE("a taken port is an error that names address and port") {
  const auto server = start();
  ServerOptions options;
  options.port = server->port();
  const auto second = serve(options, echo);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::io_error);
  CHECK(second.error().message.find("127.0.0.1:" + std::to_string(server->port())) !=
        std::string::npos);
  CHECK(second.error().message.find("choose another port") != std::string::npos);
}

TEST_CASE("a port can be taken again at once after its server has gone") {
  ServerOptions options;
  {
    const auto server = start();
    options.port = server->port();
    RawSocket socket(server->port());
    socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.read_until("[]");
  }
  CHECK(serve(options, echo));
}

TEST_CASE("a handler that throws or drops its exchange is answered for with 500") {
  const auto server = start({}, [](const Request& request, const std::shared_ptr<Exchange>&) {
    if (request.target == "/throw") throw std::runtime_error("broken");
  });
  RawSocket socket(server->port());
  socket.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\nGET /drop HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.end_output();
  CHECK(count_of(socket.read_to_end(), "HTTP/1.1 500 ") == 2);
}

TEST_CASE("a field's value cannot bring another field with it") {
  const auto server = start({}, [](const Request&, const std::shared_ptr<Exchange>& exchange) {
    exchange->send({.headers = {{"X-Name", "a\r\nX-Evil: b"}}});
  });
  RawSocket socket(server->port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(socket.read_to_end().find("\r\nX-Evil") == std::string::npos);
}

TEST_CASE("only the first answer counts") {
  std::atomic<int> accepted{0};
  const auto server = start({}, [&](const Request&, const std::shared_ptr<Exchange>& exchange) {
    for (int i = 0; i < 3; ++i) accepted += exchange->send({.body = "x"}) ? 1 : 0;
  });
  RawSocket socket(server->port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(count_of(socket.read_to_end(), "HTTP/1.1 200") == 1);
  CHECK(accepted == 1);
}
