// Streams, answers from other threads, and the end of a server.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "raw_socket.hpp"
#include "retz/http.hpp"

using namespace retz;
using namespace retz::http;
using retz::test::count_of;
using retz::test::eventually;
using retz::test::RawSocket;
using std::chrono::milliseconds;

namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Keeps the exchange of the last request for the test's thread.
struct Keeper {
  std::shared_ptr<Exchange> exchange;
  std::atomic<bool> came{false};
  Handler handler() {
    return [this](const Request&, std::shared_ptr<Exchange> given) {
      exchange = std::move(given);
      came = true;
    };
  }
  std::shared_ptr<Exchange> take() {
    REQUIRE(eventually([&] { return came.load(); }));
    came = false;
    return std::move(exchange);
  }
};

std::unique_ptr<Server> start(ServerOptions options, Handler handler) {
  auto server = serve(std::move(options), std::move(handler));
  REQUIRE(server);
  return std::move(*server);
}

}  // namespace

TEST_CASE("a stream without length is chunked and the connection stays open") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  RawSocket socket(server->port());
  for (int i = 0; i < 2; ++i) {
    socket.forget();
    socket.send(get);
    const auto exchange = keeper.take();
    exchange->begin({.content_type = "text/plain"}, std::nullopt);
    exchange->write("hello, ");
    exchange->write("");
    exchange->write("a piece of 20 bytes.");
    exchange->end();
    CHECK(socket.read_until("0\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
          "7\r\nhello, \r\n14\r\na piece of 20 bytes.\r\n0\r\n\r\n");
  }
}

TEST_CASE("a stream with a length is plain, and one that falls short closes the connection") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  RawSocket socket(server->port());
  socket.send(get);
  auto exchange = keeper.take();
  exchange->begin({}, 5);
  exchange->write("abc");
  exchange->write("defgh");  // beyond what was announced
  exchange->end();
  CHECK(socket.read_until("abcde").ends_with("Content-Length: 5\r\n\r\nabcde"));
  socket.forget();
  socket.send(get);
  exchange = keeper.take();
  exchange->begin({}, 5);
  exchange->write("abc");
  exchange->end();
  socket.read_to_end();
  CHECK(socket.ended());
}

TEST_CASE("HTTP/1.0 gets a stream that ends with the connection") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  RawSocket socket(server->port());
  socket.send("GET / HTTP/1.0\r\n\r\n");
  const auto exchange = keeper.take();
  exchange->begin({.content_type = ""}, std::nullopt);
  exchange->write("abc");
  exchange->end();
  CHECK(socket.read_to_end() == "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nabc");
}

TEST_CASE("an abandoned stream closes the connection without a proper end") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  RawSocket socket(server->port());
  socket.send(get);
  auto exchange = keeper.take();
  exchange->begin({}, std::nullopt);
  exchange->write("abc");
  exchange.reset();
  CHECK(socket.read_to_end().find("0\r\n\r\n") == std::string::npos);
  CHECK(socket.ended());
}

TEST_CASE("pending counts what the peer has not taken, and falls as it reads") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  RawSocket socket(server->port(), 4096);
  socket.send(get);
  const auto exchange = keeper.take();
  constexpr std::size_t total = 32 * 1024 * 1024;
  exchange->begin({}, total);
  for (std::size_t sent = 0; sent < total; sent += 1024 * 1024) {
    CHECK(exchange->write(std::string(1024 * 1024, 'x')));
  }
  exchange->end();
  CHECK(exchange->pending() > total / 2);
  socket.read_bytes(total);
  CHECK(eventually([&] { return exchange->pending() == 0; }));
}

TEST_CASE("a peer that takes nothing is cut off after the send time-out") {
  ServerOptions options;
  options.send_timeout = milliseconds(150);
  Keeper keeper;
  const auto server = start(options, keeper.handler());
  RawSocket socket(server->port(), 4096);
  socket.send(get);
  const auto exchange = keeper.take();
  exchange->begin({}, std::nullopt);
  for (int i = 0; i < 32; ++i) exchange->write(std::string(1024 * 1024, 'x'));
  CHECK(eventually([&] { return exchange->peer_gone(); }));
  CHECK_FALSE(exchange->write("more"));
}

TEST_CASE("a peer that goes away during a stream, or before its answer, is seen") {
  Keeper keeper;
  const auto server = start({}, keeper.handler());
  {
    RawSocket socket(server->port());
    socket.send(get);
    const auto exchange = keeper.take();
    exchange->begin({}, std::nullopt);
    CHECK_FALSE(exchange->peer_gone());
    socket.close();
    CHECK(eventually([&] { return exchange->peer_gone(); }));
  }
  RawSocket socket(server->port());
  socket.send(get);
  const auto exchange = keeper.take();
  socket.close();
  CHECK(eventually([&] { return !exchange->send({.body = "x"}) || exchange->peer_gone(); }));
}

TEST_CASE("answers from many threads all arrive, each to its own connection") {
  std::atomic<int> number{0};
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto server = start({}, [&](Request request, std::shared_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([request, exchange, &number] {
      exchange->begin({}, std::nullopt);
      for (int i = 0; i < 20; ++i) exchange->write(request.target + ",");
      ++number;
      exchange->end();
    });
  });
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 32; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(server->port()));
    sockets.back()->send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const std::string seen = sockets[i]->read_until("0\r\n\r\n");
    CHECK(count_of(seen, "\n/" + std::to_string(i) + ",\r") == 20);
  }
  CHECK(number == 32);
  const std::lock_guard lock(mutex);
  for (auto& thread : threads) thread.join();
}

TEST_CASE("tasks run on the server's thread, in the order of their times") {
  std::atomic<int> done{0};
  std::vector<int> order;
  std::thread::id ids[3];
  const auto server = start({}, [](const Request&, const std::shared_ptr<Exchange>&) {});
  const auto task = [&](int number) {
    return [&, number] {
      order.push_back(number);
      ids[number] = std::this_thread::get_id();
      ++done;
    };
  };
  server->after(milliseconds(60), task(2));
  server->after(milliseconds(20), task(1));
  server->after(milliseconds(0), task(0));
  REQUIRE(eventually([&] { return done == 3; }));
  CHECK(order == std::vector<int>{0, 1, 2});
  CHECK(ids[0] == ids[2]);
  CHECK(ids[0] != std::this_thread::get_id());
}

TEST_CASE("a server that is destroyed sends what was queued and closes its connections") {
  Keeper keeper;
  auto server = start({}, keeper.handler());
  RawSocket waiting(server->port()), idle(server->port()), reading(server->port(), 4096);
  reading.send(get);
  const auto large = keeper.take();
  waiting.send(get);
  const auto unanswered = keeper.take();
  large->send({.body = std::string(4 * 1024 * 1024, 'x') + "end"});
  std::thread reader([&] { CHECK(reading.read_to_end().ends_with("xend")); });
  server.reset();
  reader.join();
  CHECK(waiting.read_to_end().empty());
  CHECK(idle.read_to_end().empty());
  CHECK(unanswered->peer_gone());
  CHECK_FALSE(unanswered->send({.body = "late"}));
}

TEST_CASE("a task that was never due is dropped with the server") {
  auto held = std::make_shared<int>(1);
  {
    const auto server = start({}, [](const Request&, const std::shared_ptr<Exchange>&) {});
    server->after(std::chrono::hours(1), [held] { ++*held; });
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 1);
}
