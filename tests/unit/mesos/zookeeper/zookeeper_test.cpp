// The leading master as a real ZooKeeper names it.
#include "unit/mesos/zookeeper/server.hpp"

#include <doctest/doctest.h>

#include <future>

#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using mesos::Address;
using test::eventually;
using test::Peer;

namespace {

/// One server for all cases: a Java machine takes seconds to come up.
ZooKeeperServer& server() {
  static ZooKeeperServer one;
  return one;
}

class Detecting {
 public:
  explicit Detecting(const std::string& path, std::uint16_t port = server().port,
                     const std::string& credentials = {}, bool by_name = false,
                     Duration session = std::chrono::milliseconds(600)) {
    const mesos::ZooKeeperPlace place{{{"127.0.0.1", port}}, path, credentials};
    const mesos::ZooKeeperTimes times{session, std::chrono::milliseconds(50)};
    detector_ = mesos::zookeeper_detector(loop_, place, by_name, times);
    loop_.post([this] { detector_->start([this] { ++changes; }); });
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Detecting() {
    loop_.post([this] {
      detector_.reset();
      loop_.stop();
    });
    thread_.join();
  }
  std::optional<Address> current() {
    std::promise<std::optional<Address>> told;
    loop_.post([&] { told.set_value(detector_->current()); });
    return told.get_future().get();
  }
  Error trouble() {
    std::promise<Error> told;
    loop_.post([&] { told.set_value(detector_->trouble()); });
    return told.get_future().get();
  }
  bool names(std::optional<Address> wanted) {
    return eventually([&] { return current() == wanted; });
  }
  bool says(std::string_view part, Errc code = Errc::unavailable) {
    return eventually([&] {
      const auto error = trouble();
      return error.code == code && error.message.find(part) != std::string::npos;
    });
  }

  std::atomic<int> changes{0};

 private:
  http::Loop loop_;
  std::unique_ptr<mesos::Detector> detector_;
  std::thread thread_;
};

const Address one{"10.0.0.1", 5050}, two{"10.0.0.2", 5060}, three{"10.0.0.3", 5070};

}  // namespace

TEST_CASE("the child with the lowest number leads; what is no master is passed over") {
  Writer writer(server().port);
  writer.make("/lowest");
  writer.make("/lowest/log_replicas");
  writer.make("/lowest/info_0000000001", "binary");
  writer.make("/lowest/0000000000", "old");
  writer.make("/lowest/json.info_", "{}");
  writer.make("/lowest/json.info_0000000010", master_info("10.0.0.1", 5050));
  writer.make("/lowest/json.info_0000000009", master_info("10.0.0.2", 5060));
  Detecting detecting("/lowest");
  CHECK(detecting.names(two));
  CHECK(detecting.changes == 1);
  Detecting by_name("/lowest", server().port, {}, true);
  CHECK(by_name.names(Address{"name-of-10.0.0.2", 5060}));
}

TEST_CASE("the leader changes when its node goes, and not when others come or go") {
  Writer writer(server().port);
  writer.make("/changes");
  writer.make("/changes/json.info_0000000001", master_info("10.0.0.1", 5050));
  writer.make("/changes/json.info_0000000002", master_info("10.0.0.2", 5060));
  Detecting detecting("/changes");
  REQUIRE(detecting.names(one));
  writer.make("/changes/json.info_0000000003", master_info("10.0.0.3", 5070));
  writer.remove("/changes/json.info_0000000002");
  writer.make("/changes/log_replicas");
  CHECK(detecting.changes == 1);
  writer.remove("/changes/json.info_0000000001");
  REQUIRE(detecting.names(three));
  CHECK(detecting.changes == 2);
  writer.remove("/changes/json.info_0000000003");
  REQUIRE(detecting.names(std::nullopt));
  CHECK(detecting.says("no master has registered under /changes"));
  writer.make("/changes/json.info_0000000004", master_info("10.0.0.2", 5060));
  CHECK(detecting.names(two));
}

TEST_CASE("a path that masters have not made yet is waited for") {
  Detecting detecting("/later/mesos");
  REQUIRE(detecting.says("there is no /later/mesos"));
  Writer writer(server().port);
  writer.make("/later");
  writer.make("/later/mesos");
  writer.make("/later/mesos/json.info_0000000000", master_info("10.0.0.1", 5050));
  CHECK(detecting.names(one));
}

TEST_CASE("a node that vanishes between its listing and its reading leads nobody astray") {
  Writer writer(server().port);
  writer.make("/vanish");
  writer.make("/vanish/json.info_0000000009", master_info("10.0.0.1", 5050));
  Detecting detecting("/vanish");
  REQUIRE(detecting.names(one));
  for (int i = 0; i < 300; ++i) {
    writer.make("/vanish/json.info_0000000001", master_info("10.0.0.2", 5060));
    writer.remove("/vanish/json.info_0000000001");
  }
  CHECK(detecting.names(one));
  writer.make("/vanish/json.info_0000000002", master_info("10.0.0.3", 5070));
  CHECK(detecting.names(three));
}

TEST_CASE("data that is no address is told, and read again") {
  Writer writer(server().port);
  writer.make("/odd");
  for (const char* data : {"", "{}", "[]", "{\"address\":{\"ip\":\"10.0.0.1\",\"port\":70000}}",
                           "{\"address\":{\"port\":5050}}"}) {
    CAPTURE(data);
    writer.make("/odd/json.info_0000000001", data);
    Detecting detecting("/odd");
    CHECK(detecting.says("/odd/json.info_0000000001 does not hold the address of a master"));
    CHECK_FALSE(detecting.current());
    writer.remove("/odd/json.info_0000000001");
  }
}

TEST_CASE("who has the wrong password is told so; the right one is let in") {
  Writer writer(server().port, "mesos:right");
  writer.make("/secret", {}, true);
  writer.make("/secret/json.info_0000000001", master_info("10.0.0.1", 5050), true);
  Detecting wrong("/secret", server().port, "mesos:wrong");
  CHECK(wrong.says("check zk://USER:PASSWORD@", Errc::unauthenticated));
  CHECK(wrong.trouble().message.find("mesos:wrong") == std::string::npos);
  Detecting nobody("/secret");
  CHECK(nobody.says("may not list /secret", Errc::unauthenticated));
  Detecting right("/secret", server().port, "mesos:right");
  CHECK(right.names(one));
}

TEST_CASE("nobody at the address: told, and found when it comes") {
  Detecting detecting("/x", test::dead_port());
  CHECK(detecting.says("ZooKeeper at 127.0.0.1:"));
  CHECK(detecting.says("start it, or check the address"));
  CHECK_FALSE(detecting.current());
}

TEST_CASE("a lost connection changes nothing; a lost session is followed by another") {
  auto writer = std::make_unique<Writer>(server().port);
  writer->make("/session");
  writer->make("/session/json.info_0000000001", master_info("10.0.0.1", 5050));
  Detecting detecting("/session");
  REQUIRE(detecting.names(one));
  server().freeze();
  CHECK(detecting.says("no connection"));  // within a session's time without an answer
  CHECK(detecting.current() == one);
  server().thaw();
  writer->make("/session/json.info_0000000000", master_info("10.0.0.2", 5060));
  CHECK(detecting.names(two));

  writer.reset();
  Detecting patient("/session", server().port, {}, false, std::chrono::seconds(20));
  REQUIRE(patient.names(two));
  // Set up anew it refuses the session, which has seen later writes: it is given up after a while.
  server().start_empty();
  Writer anew(server().port);
  anew.make("/session");
  anew.make("/session/json.info_0000000007", master_info("10.0.0.3", 5070));
  CHECK(detecting.names(three));
  // Once it has written as much, it answers that the session has expired.
  CHECK(eventually([&] {
    anew.make("/counted");
    anew.remove("/counted");
    return patient.current() == three;
  }));
}

TEST_CASE("a stream goes where ZooKeeper points, and stays while nobody else is named") {
  const auto serve = [](Peer::Connection& with) {
    with.read();
    with.write(subscribed());
    with.wait_for_the_end();
  };
  Peer first(serve), second(serve);
  Writer writer(server().port);
  writer.make("/stream");
  writer.make("/stream/json.info_0000000001", master_info("127.0.0.1", first.port));
  Watch watch([](http::Loop& loop) {
    return mesos::zookeeper_detector(loop, {{{"127.0.0.1", server().port}}, "/stream", {}}, false);
  });
  REQUIRE(watch.tells("record"));
  writer.remove("/stream/json.info_0000000001");
  ::poll(nullptr, 0, 50);
  CHECK(watch.count("ended") == 0);
  writer.make("/stream/json.info_0000000002", master_info("127.0.0.1", second.port));
  REQUIRE(watch.tells("record", 2));
  CHECK(watch.last("opened") == "opened 127.0.0.1:" + std::to_string(second.port) + " s-1");
  CHECK(watch.last("ended").find("another master leads now") != std::string::npos);
}
