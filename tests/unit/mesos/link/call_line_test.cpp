// Calls: one connection, in order, and what is told of those without an answer.
#include "mesos/call_line.hpp"

#include <doctest/doctest.h>

#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using mesos::Call;
using test::eventually;
using test::Peer;

namespace {

/// A line of calls on a loop of its own.
struct Line {
  http::Loop loop;
  std::mutex mutex;
  std::vector<std::string> told;
  mesos::CallLine calls;
  std::thread thread{[this] { loop.run(); }};

  explicit Line(mesos::MasterAccess access = {})
      : calls(loop, std::move(access), [this](const Call& call, int status, std::string_view body) {
          const std::lock_guard lock(mutex);
          told.push_back(call.body + " " + std::to_string(status) + " " + std::string(body));
        }) {}
  ~Line() {
    loop.post([this] {
      calls.end();
      loop.stop();
    });
    thread.join();
  }
  void begin(std::uint16_t port, const std::string& stream = "s-1") {
    loop.post([this, port, stream] { calls.begin({"127.0.0.1", port}, stream); });
  }
  void send(std::vector<std::string> bodies) {
    std::vector<Call> out;
    for (auto& body : bodies) out.push_back({1, "ACKNOWLEDGE", std::move(body)});
    loop.post([this, out] { calls.send(out); });
  }
  void end() {
    loop.post([this] { calls.end(); });
  }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return told;
  }
  bool tells(std::size_t count) {
    return eventually([&] { return seen().size() >= count; });
  }
};

}  // namespace

TEST_CASE("calls go over one connection in their order, with the stream's id") {
  std::mutex mutex;
  std::vector<Peer::Asked> asked;
  Peer master([&](Peer::Connection& with) {
    for (;;) {
      auto request = with.read();
      if (!request.whole) return;
      with.write(answer("202 Accepted"));
      const std::lock_guard lock(mutex);
      asked.push_back(std::move(request));
    }
  });
  mesos::MasterAccess access;
  access.authorization = "Basic x";
  Line line(access);
  line.begin(master.port, "stream-9");
  std::vector<std::string> bodies;
  for (int i = 0; i < 500; ++i) bodies.push_back("{\"n\":" + std::to_string(i) + "}");
  line.send(bodies);
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return asked.size() == 500;
  }));
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < 500; ++i) CHECK(asked[i].body == bodies[i]);
  CHECK(asked[0].head.starts_with("POST /api/v1/scheduler HTTP/1.1\r\n"));
  CHECK(asked[0].field("mesos-stream-id") == "stream-9");
  CHECK(asked[0].field("content-type") == "application/json");
  CHECK(asked[0].field("authorization") == "Basic x");
  CHECK(master.connections == 1);
  CHECK(line.seen().empty());  // accepted ones are not told
}

TEST_CASE("refusals are told with their call, status and words") {
  Peer master([](Peer::Connection& with) {
    with.read();
    with.read();
    with.read();
    with.write(answer("202 Accepted") + answer("403 Forbidden", "Framework is not subscribed") +
               answer("400 Bad Request", "Framework cannot be found"));
    with.wait_for_the_end();
  });
  Line line;
  line.begin(master.port);
  line.send({"a", "b", "c"});
  REQUIRE(line.tells(2));
  CHECK(line.seen() == std::vector<std::string>{"b 403 Framework is not subscribed",
                                                "c 400 Framework cannot be found"});
}

TEST_CASE("before and after a stream nothing is sent") {
  Peer master([](Peer::Connection& with) { with.wait_for_the_end(); });
  Line line;
  line.send({"early"});
  line.begin(master.port);
  line.end();
  line.send({"late"});
  REQUIRE(line.tells(2));
  CHECK(line.seen()[0] == "early 0 there is no subscription");
  CHECK(line.seen()[1] == "late 0 there is no subscription");
  CHECK(master.connections == 0);
}

TEST_CASE("a connection that breaks tells what may have arrived; the next call makes a new one") {
  Peer master([](Peer::Connection& with) {
    with.read();
    if (with.number == 0) return;  // read, and not answered
    with.write(answer("400 Bad Request", "second connection"));
    with.wait_for_the_end();
  });
  Line line;
  line.begin(master.port);
  line.send({"a"});
  REQUIRE(line.tells(1));
  CHECK(line.seen()[0].starts_with("a -1 "));
  line.send({"b"});
  REQUIRE(line.tells(2));
  CHECK(line.seen()[1] == "b 400 second connection");
}

TEST_CASE(
    "after a failure the next calls wait for a moment, longer each time, and keep their order") {
  std::mutex mutex;
  std::vector<std::string> asked;
  Peer master([&](Peer::Connection& with) {
    for (;;) {
      const auto request = with.read();
      if (!request.whole) return;
      const std::lock_guard lock(mutex);
      asked.push_back(request.body);
      with.write(asked.size() < 4 ? answer("503 Service Unavailable", "not yet")
                                  : answer("202 Accepted"));
    }
  });
  const auto seen_by_master = [&] {
    const std::lock_guard lock(mutex);
    return asked;
  };
  Line line;
  line.begin(master.port);
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 1; i <= 3; ++i) {
    line.send({"a" + std::to_string(i)});
    REQUIRE(line.tells(i));  // refused: the next one waits
  }
  line.send({"b"});
  line.send({"c", "d"});
  REQUIRE(eventually([&] { return seen_by_master().size() == 6; }));
  CHECK(seen_by_master() == std::vector<std::string>{"a1", "a2", "a3", "b", "c", "d"});
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(50 + 100 + 200));
  CHECK(line.seen().size() == 3);
}

TEST_CASE("calls that wait when the stream ends are told as not sent") {
  Line line;
  line.begin(test::dead_port());
  line.send({"a"});
  REQUIRE(line.tells(1));
  line.send({"b"});
  line.end();
  REQUIRE(line.tells(2));
  CHECK(line.seen()[1] == "b 0 the stream of events has ended");
}

TEST_CASE("where no connection can be had the calls are told as not sent") {
  Line line;
  line.begin(test::dead_port());
  line.send({"a", "b"});
  REQUIRE(line.tells(2));
  CHECK(line.seen()[0].starts_with("a 0 "));
  CHECK(line.seen()[1].starts_with("b 0 "));
}

TEST_CASE("calls in flight when the stream ends are told so, once") {
  std::atomic<int> read{0};
  Peer master([&](Peer::Connection& with) {
    while (with.read().whole) ++read;
  });
  Line line;
  line.begin(master.port);
  line.send({"a", "b"});
  REQUIRE(eventually([&] { return read == 2; }));
  line.end();
  REQUIRE(line.tells(2));
  CHECK(line.seen()[0] == "a -1 the stream of events has ended");
  line.begin(master.port, "s-2");
  line.send({"c"});
  REQUIRE(eventually([&] { return read == 3; }));
  CHECK(line.seen().size() == 2);
}
