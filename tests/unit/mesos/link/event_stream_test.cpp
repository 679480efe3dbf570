// Finding the master and keeping a stream open, against servers of literal bytes.
#include "mesos/event_stream.hpp"

#include <doctest/doctest.h>

#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using test::eventually;
using test::Peer;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void serve_stream(Peer::Connection& with) {
  with.read();
  with.write(subscribed());
  with.wait_for_the_end();
}

}  // namespace

TEST_CASE("SUBSCRIBE is sent as a master wants it") {
  std::mutex mutex;
  Peer::Asked asked;
  Peer master([&](Peer::Connection& with) {
    auto request = with.read();
    {
      const std::lock_guard lock(mutex);
      asked = std::move(request);
    }
    with.write(subscribed("id-7"));
    with.wait_for_the_end();
  });
  auto access = Watch::quick();
  access.authorization = "Basic bWU6c2VjcmV0";
  Watch watch({Watch::at(master.port)}, access);
  REQUIRE(watch.tells("record"));
  CHECK(watch.seen() ==
        std::vector<std::string>{"opened 127.0.0.1:" + std::to_string(master.port) + " id-7",
                                 "record {\"type\":\"SUBSCRIBED\"}"});
  const std::lock_guard lock(mutex);
  CHECK(asked.head.starts_with("POST /api/v1/scheduler HTTP/1.1\r\n"));
  CHECK(asked.field("content-type") == "application/json");
  CHECK(asked.field("accept") == "application/json");
  CHECK(asked.field("connection") == "close");
  CHECK(asked.field("authorization") == "Basic bWU6c2VjcmV0");
  CHECK(asked.field("mesos-stream-id").empty());
  CHECK(asked.field("host") == "127.0.0.1:" + std::to_string(master.port));
  CHECK(asked.body == "{\"type\":\"SUBSCRIBE\"}");
}

TEST_CASE("a redirect is followed to the host that it names, on our own path") {
  std::atomic<bool> right{false};
  Peer leader([&](Peer::Connection& with) {
    right = with.read().head.starts_with("POST /api/v1/scheduler ");
    with.write(subscribed());
    with.wait_for_the_end();
  });
  Peer follower([&](Peer::Connection& with) {
    with.read();
    with.write(redirect_to(leader.port));
  });
  Watch watch({Watch::at(follower.port)});
  REQUIRE(watch.tells("record"));
  CHECK(right);
  CHECK(watch.seen()[0] == "opened 127.0.0.1:" + std::to_string(leader.port) + " s-1");
}

TEST_CASE("masters that redirect in a circle are given up, and asked again after a pause") {
  std::unique_ptr<Peer> other;
  std::atomic<std::uint16_t> back{0};
  other = std::make_unique<Peer>([&](Peer::Connection& with) {
    with.read();
    with.write(redirect_to(back));
  });
  std::atomic<int> asked{0};
  Peer first([&](Peer::Connection& with) {
    ++asked;
    with.read();
    with.write(redirect_to(other->port));
  });
  back = first.port;
  Watch watch({Watch::at(first.port)});
  REQUIRE(watch.tells("refused the masters redirect to each other", 2));
  CHECK(asked >= 4);
}

TEST_CASE("a redirect to a dead leader is not believed: the list is asked again until one leads") {
  const std::uint16_t dead = test::dead_port();
  std::atomic<int> asked{0};
  Peer second([&](Peer::Connection& with) {
    with.read();
    if (++asked < 4) {
      with.write(redirect_to(dead));
      return;
    }
    with.write(subscribed());
    with.wait_for_the_end();
  });
  Watch watch({Watch::at(dead), Watch::at(second.port)});
  REQUIRE(watch.tells("record"));
  CHECK(asked == 4);
  CHECK(watch.count("refused no Mesos master answers at 127.0.0.1:" + std::to_string(dead)) >= 6);
}

TEST_CASE("503 and a broken answer are tried again") {
  std::atomic<int> asked{0};
  Peer master([&](Peer::Connection& with) {
    with.read();
    switch (asked++) {
      case 0:
        with.write(answer("503 Service Unavailable", "No leader elected"));
        break;
      case 1:
        with.write(answer("503 Service Unavailable", "Master has not finished recovery"));
        break;
      case 2:
        with.write("HTTP/1.1 200 OK\r\nTransfer-Enc");
        break;
      case 3:
        with.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        break;
      case 4:
        with.write(redirect_to(0));
        break;
      default:
        with.write(subscribed());
        with.wait_for_the_end();
    }
  });
  Watch watch({Watch::at(master.port)});
  REQUIRE(watch.tells("refused", 5));
  const auto seen = watch.seen();
  CHECK(has(seen[0], "refuses the subscription: 503 No leader elected"));
  CHECK(has(seen[1], "recovery"));
  CHECK(has(seen[2], "no Mesos master answers"));
  CHECK(has(seen[3], "not as a Mesos master does"));
  CHECK(has(seen[4], "which is no address"));
}

TEST_CASE("what the same try cannot change is told as final: 401, 403, 400") {
  const auto told = [](const std::string& bytes) {
    Peer master([&](Peer::Connection& with) {
      with.read();
      with.write(bytes);
    });
    Watch watch({Watch::at(master.port)});
    REQUIRE(watch.tells("finally refused"));
    return watch.last("finally");
  };
  CHECK(has(told(answer("401 Unauthorized", "401 Unauthorized.")), "retz.mesos.secret.file"));
  CHECK(has(told(answer("403 Forbidden", "not you")), "403 not you"));
  CHECK(has(told(answer("400 Bad Request", "Failed to parse body")), "Failed to parse body"));
}

TEST_CASE("a stream that ends, however, is told once and taken up again") {
  for (const bool in_order : {true, false}) {
    CAPTURE(in_order);
    Peer master([&](Peer::Connection& with) {
      with.read();
      with.write(subscribed("s-" + std::to_string(with.number)));
      if (with.number == 2) return with.wait_for_the_end();
      if (in_order) {
        with.write("0\r\n\r\n");
        with.wait_for_the_end();
      }
    });
    Watch watch({Watch::at(master.port)});
    REQUIRE(watch.tells("record", 3));
    CHECK(watch.count("opened") == 3);
    CHECK(watch.count("ended") == 2);
    CHECK(has(watch.last("ended"), in_order ? "the master ended the stream" : "closed"));
    CHECK(has(watch.last("opened"), "s-2"));
  }
}

TEST_CASE("a stream that is no RecordIO is closed and opened anew") {
  Peer master([&](Peer::Connection& with) {
    with.read();
    with.write(subscribed() + (with.number == 0 ? chunked("five\nhello") : ""));
    with.wait_for_the_end();
  });
  Watch watch({Watch::at(master.port)});
  REQUIRE(watch.tells("record", 2));
  CHECK(has(watch.last("ended"), "a record's size is not a number"));
}

TEST_CASE("renew closes the stream, tells so and opens the next after a pause") {
  Peer master(serve_stream);
  Watch watch({Watch::at(master.port)});
  REQUIRE(watch.tells("record"));
  watch.run([&] { watch.subscription.renew("no heartbeat"); });
  REQUIRE(watch.tells("record", 2));
  CHECK(watch.last("ended") == "ended no heartbeat");
  watch.run([&] {
    watch.subscription.stop();
    watch.subscription.renew("not wanted");
  });
  ::poll(nullptr, 0, 30);
  CHECK(watch.count("opened") == 2);
  CHECK(watch.count("ended") == 1);
  watch.run([&] { watch.subscription.start(); });
  CHECK(watch.tells("record", 3));
}

TEST_CASE("a master that takes each subscription and refuses what follows is not asked at once") {
  std::atomic<int> asked{0};
  Peer master([&](Peer::Connection& with) {
    ++asked;
    serve_stream(with);
  });
  auto access = Watch::quick();
  access.pause_first = std::chrono::milliseconds(1);
  access.pause_max = std::chrono::hours(1);
  Watch watch({Watch::at(master.port)}, access);
  for (std::size_t i = 1; i <= 7; ++i) {
    REQUIRE(watch.tells("record", i));
    watch.run([&] { watch.subscription.renew("no longer takes our calls"); });
  }
  ::poll(nullptr, 0, 20);
  CHECK(asked <= 8);  // at least 32 ms before the eighth
}

TEST_CASE("a master that goes silent between its answer and the first record is left") {
  std::atomic<int> asked{0};
  Peer master([&](Peer::Connection& with) {
    with.read();
    const std::string all = subscribed();
    with.write(++asked == 1 ? all.substr(0, all.find("\r\n\r\n") + 4) : all);
    with.wait_for_the_end();
  });
  auto access = Watch::quick();
  access.answer_timeout = std::chrono::milliseconds(40);
  Watch watch({Watch::at(master.port)}, access);
  REQUIRE(watch.tells("record"));
  CHECK(asked == 2);
  CHECK(has(watch.last("ended"), "took the subscription and says nothing"));
}

TEST_CASE("pauses grow, and differ by seed within their bounds") {
  std::atomic<int> asked{0};
  Peer master([&](Peer::Connection& with) {
    ++asked;
    with.read();
    with.write(answer("503 Service Unavailable"));
  });
  auto access = Watch::quick();
  access.pause_first = std::chrono::milliseconds(1);
  access.pause_max = std::chrono::hours(1);
  Watch watch({Watch::at(master.port)}, access);
  REQUIRE(watch.tells("refused", 7));  // 1 + 2 + 4 + 8 + 16 + 32 ms at most
  ::poll(nullptr, 0, 100);
  CHECK(asked <= 9);  // at least 0.5 + ... + 64 ms for the ninth
}

TEST_CASE("a master that takes the connection and says nothing is passed over") {
  Peer mute([](Peer::Connection& with) { with.wait_for_the_end(); });
  Peer leader(serve_stream);
  auto access = Watch::quick();
  access.answer_timeout = std::chrono::milliseconds(40);
  Watch watch({Watch::at(mute.port), Watch::at(leader.port)}, access);
  REQUIRE(watch.tells("record"));
  CHECK(has(watch.last("refused"), "no answer for 40 ms"));
  ::poll(nullptr, 0, 100);  // silence of an open stream is the framework's business
  CHECK(watch.count("ended") == 0);
}
