// Outgoing connections on a loop: order, streams, what a broken one tells; TLS.
#include "http/outgoing.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "unit/http/peer.hpp"
#include "unit/http/tls_peer.hpp"

using namespace retz;
using namespace retz::http;
using retz::test::eventually;
using retz::test::Peer;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    "Mesos-Stream-Id: s-1\r\n\r\n";

std::string chunk(std::string_view bytes) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

/// A loop on a thread of its own, and what its replies told.
struct Running {
  Loop loop;
  std::shared_ptr<Outgoing> line;
  std::mutex mutex;
  std::vector<std::string> told;
  std::thread thread{[this] { loop.run(); }};

  ~Running() {
    loop.post([this] {
      if (line) line->close();
      line.reset();
      loop.stop();
    });
    thread.join();
  }
  void note(std::string text) {
    const std::lock_guard lock(mutex);
    told.push_back(std::move(text));
  }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return told;
  }
  void open(std::uint16_t port, OutgoingOptions options = {}) {
    options.host = options.host.empty() ? "127.0.0.1" : options.host;
    options.port = port;
    loop.post([this, options] { line = outgoing(loop, options); });
  }
  Reply reply(bool streamed = false) {
    Reply out;
    if (streamed) {
      out.head = [this](const Response& head) {
        note("head " + std::to_string(head.status));
        for (const auto& [name, value] : head.headers) {
          if (name == "Mesos-Stream-Id") note("stream " + value);
        }
      };
      out.piece = [this](std::string_view bytes) { note("piece " + std::string(bytes)); };
    }
    out.end = [this](const Result<Response>& answer, bool sent) {
      note(answer ? "answer " + std::to_string(answer->status) + " " + answer->body
                  : std::string(sent ? "broken: " : "not sent: ") + answer.error().message);
    };
    return out;
  }
  void send(std::string body, bool streamed = false) {
    loop.post([this, body = std::move(body), streamed] {
      line->send("POST", "/x", {{"Content-Type", "application/json"}}, body, reply(streamed));
    });
  }
  bool tells(std::size_t count) {
    return eventually([&] { return seen().size() >= count; });
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("requests go out before the first is answered, and answers come in their order") {
  Peer peer([](Peer::Connection& with) {
    std::vector<std::string> bodies;
    for (int i = 0; i < 3; ++i) bodies.push_back(with.read().body);
    for (const auto& body : bodies) {
      with.write("HTTP/1.1 202 Accepted\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body);
    }
    with.wait_for_the_end();
  });
  Running running;
  running.open(peer.port);
  for (const char* body : {"one", "two", "three"}) running.send(body);
  REQUIRE(running.tells(3));
  CHECK(running.seen() ==
        std::vector<std::string>{"answer 202 one", "answer 202 two", "answer 202 three"});
  CHECK(peer.connections == 1);
}

TEST_CASE("a stream tells its head, then pieces as they come, however long it is silent") {
  std::atomic<bool> go_on{false};
  Peer peer([&](Peer::Connection& with) {
    with.read();
    with.write(stream_head);
    eventually([&] { return go_on.load(); });
    with.write(chunk("first"));
    with.write(chunk("second") + "0\r\n\r\n");
    with.wait_for_the_end();
  });
  Running running;
  running.open(peer.port, {.answer_timeout = milliseconds(50)});
  running.send("{}", true);
  REQUIRE(running.tells(2));  // before any piece
  ::poll(nullptr, 0, 150);    // longer than an answer may take
  CHECK(running.seen().size() == 2);
  go_on = true;
  REQUIRE(running.tells(5));
  CHECK(running.seen() == std::vector<std::string>{"head 200", "stream s-1", "piece first",
                                                   "piece second", "answer 200 "});
}

TEST_CASE("an answer may come byte by byte, with interim answers before it") {
  Peer peer([](Peer::Connection& with) {
    with.read();
    std::string bytes = "HTTP/1.1 100 Continue\r\n\r\n" + std::string(stream_head) + chunk("abc") +
                        "0\r\n\r\n" + std::string(ok);
    with.read();
    for (const char byte : bytes) with.write(std::string_view(&byte, 1));
    with.wait_for_the_end();
  });
  Running running;
  running.open(peer.port);
  running.send("1");
  running.send("2");
  REQUIRE(running.tells(2));
  CHECK(running.seen() == std::vector<std::string>{"answer 200 abc", "answer 200 ok"});
}

TEST_CASE("a refusal of a stream comes whole, with its body") {
  Peer peer([](Peer::Connection& with) {
    with.read();
    with.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 17\r\n\r\nNo leader elected");
    with.wait_for_the_end();
  });
  Running running;
  running.open(peer.port);
  running.send("{}", true);
  REQUIRE(running.tells(1));
  CHECK(running.seen() == std::vector<std::string>{"answer 503 No leader elected"});
}

TEST_CASE("where nobody listens each request is told so, as not sent") {
  Running running;
  running.open(test::dead_port());
  running.send("1");
  running.send("2");
  REQUIRE(running.tells(2));
  for (const auto& text : running.seen()) {
    CHECK(has(text, "not sent: 127.0.0.1:"));
    CHECK(has(text, "refused"));
  }
  running.send("3");
  REQUIRE(running.tells(3));
  CHECK(has(running.seen()[2], "closed"));
}

TEST_CASE("a connection that breaks tells what may have arrived") {
  Peer peer([](Peer::Connection& with) {
    with.read();
    with.write(ok);
    with.read();
    with.close();
  });
  Running running;
  running.open(peer.port);
  for (const char* body : {"1", "2", "3"}) running.send(body);
  REQUIRE(running.tells(3));
  CHECK(running.seen()[0] == "answer 200 ok");
  CHECK(has(running.seen()[1], "broken: "));
}

TEST_CASE("a stream that is cut anywhere ends with an error") {
  const std::string whole = std::string(stream_head) + chunk("abc") + "0\r\n\r\n";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    Peer peer([&](Peer::Connection& with) {
      with.read();
      with.write(std::string_view(whole).substr(0, cut));
    });
    Running running;
    running.open(peer.port);
    running.send("{}", true);
    REQUIRE(eventually([&] {
      const auto seen = running.seen();
      return !seen.empty() && has(seen.back(), "broken: ");
    }));
  }
}

TEST_CASE("an answer that does not come in time closes the connection") {
  Peer peer([](Peer::Connection& with) { with.wait_for_the_end(); });
  Running running;
  running.open(peer.port, {.answer_timeout = milliseconds(40)});
  running.send("1");
  REQUIRE(running.tells(1));
  CHECK(has(running.seen()[0], "broken: "));
  CHECK(has(running.seen()[0], "no answer for 40 ms"));
}

TEST_CASE("what is no HTTP, is too large, or was not asked for, closes the connection") {
  const auto told = [](std::string_view bytes, OutgoingOptions options = {}) {
    Peer peer([&](Peer::Connection& with) {
      with.read();
      with.write(bytes);
      with.wait_for_the_end();
    });
    Running running;
    running.open(peer.port, options);
    running.send("1");
    REQUIRE(running.tells(1));
    return running.seen()[0];
  };
  CHECK(has(told("SSH-2.0-OpenSSH\r\n\r\n"), "not HTTP"));
  CHECK(has(told("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x'),
                 {.body_max = 1000}),
            "larger than 1000"));
  CHECK(told(std::string(ok) + std::string(ok)) == "answer 200 ok");
}

TEST_CASE("a reply may close its own connection, and another thread may") {
  Peer peer([](Peer::Connection& with) {
    with.read();
    with.write(std::string(stream_head) + chunk("a") + chunk("b") + chunk("c"));
    with.wait_for_the_end();
  });
  Running running;
  running.open(peer.port);
  running.loop.post([&] {
    Reply reply;
    reply.piece = [&](std::string_view bytes) {
      running.note(std::string(bytes));
      running.line->close();
      running.line.reset();
    };
    reply.end = [&](const Result<Response>&, bool) { running.note("end"); };
    running.line->send("POST", "/", {}, "{}", std::move(reply));
  });
  REQUIRE(running.tells(1));
  ::poll(nullptr, 0, 20);
  CHECK(running.seen() == std::vector<std::string>{"a"});
}

TEST_CASE("timers fire in the order of their times; set anew or cancelled they do not") {
  Running running;
  std::unique_ptr<Timer> one, two, three;
  running.loop.post([&] {
    one = std::make_unique<Timer>(running.loop);
    two = std::make_unique<Timer>(running.loop);
    three = std::make_unique<Timer>(running.loop);
    one->set(milliseconds(20), [&] { running.note("one"); });
    two->set(milliseconds(1), [&] { running.note("never"); });
    two->set(milliseconds(5), [&] { running.note("two"); });
    three->set(milliseconds(1), [&] { running.note("never"); });
    three->cancel();
  });
  REQUIRE(running.tells(2));
  CHECK(running.seen() == std::vector<std::string>{"two", "one"});
  std::atomic<bool> gone{false};
  running.loop.post([&] {
    one.reset(), two.reset(), three.reset();
    gone = true;
  });
  CHECK(eventually([&] { return gone.load(); }));
}

TEST_CASE("TLS: the certificate must be signed by whom we trust, for the name that was asked for") {
  const test::TlsPeer peer(ok);
  const auto answer = [&](const std::filesystem::path& ca, bool insecure, std::string host) {
    auto tls = Tls::make(ca, insecure);
    REQUIRE_MESSAGE(tls, (tls ? "" : tls.error().message));
    Running running;
    running.open(peer.port, {.host = std::move(host), .tls = *tls});
    running.send("{}");
    REQUIRE(running.tells(1));
    return running.seen()[0];
  };
  CHECK(answer(peer.ca_file, false, "localhost") == "answer 200 ok");
  CHECK(has(answer(peer.ca_file, false, "127.0.0.1"), "not sent: "));  // not its name
  CHECK(has(answer({}, false, "localhost"), "certificate verify failed"));
  CHECK(answer({}, true, "127.0.0.1") == "answer 200 ok");

  CHECK(Tls::make("/nowhere.pem", false).error().code == Errc::not_found);
  const auto wrong = Tls::make(peer.key_file, false);
  REQUIRE_FALSE(wrong);
  CHECK(has(wrong.error().message, "no certificates"));
}
