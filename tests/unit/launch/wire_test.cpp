#include "launch/wire.hpp"

#include <doctest/doctest.h>

using namespace retz;
using namespace retz::launch;

namespace {

LaunchOrder example() {
  return {.attempt = {JobId{5}, 2},
          .uid = 65534,
          .gid = 65534,
          .groups = {1, 2, 3},
          .command = "echo hello",
          .environment = {"A=b", "C=", std::string("D=\n\0x", 6)},
          .cpus = 1500,
          .mem = 64,
          .time_limit = std::chrono::seconds(3),
          .grace_period = std::chrono::seconds(4)};
}

}  // namespace

TEST_CASE("messages survive the line, whatever pieces they arrive in") {
  std::string line;
  encode(line, Hello{.boot_id = "boot"});
  encode(line, example());
  encode(line, StopOrder{{JobId{5}, 2}, std::chrono::milliseconds(10)});
  encode(line, Query{{JobId{6}, 1}});
  encode(line, ShutDown{});
  encode(line, Started{{JobId{5}, 2}, "cgroup"});
  ExitRecord record;
  record.attempt = {JobId{5}, 2};
  record.outcome.exit_code = 42;
  encode(line, Ended{record});

  std::vector<Message> got;
  std::string arrived;
  std::size_t from = 0;
  for (const char c : line) {
    arrived += c;
    auto message = decode(arrived, from);
    REQUIRE(message.has_value());
    if (message->has_value()) got.push_back(**message);
  }
  CHECK(from == line.size());
  REQUIRE(got.size() == 7);
  CHECK(std::get<Hello>(got[0]).boot_id == "boot");
  const auto& order = std::get<LaunchOrder>(got[1]);
  CHECK(order.environment == example().environment);
  CHECK(order.groups == example().groups);
  CHECK(order.command == "echo hello");
  CHECK(order.cpus == 1500);
  CHECK(order.time_limit == std::chrono::seconds(3));
  CHECK(std::get<StopOrder>(got[2]).grace_period == std::chrono::milliseconds(10));
  CHECK(std::get<Query>(got[3]).attempt == AttemptRef{JobId{6}, 1});
  CHECK(std::holds_alternative<ShutDown>(got[4]));
  CHECK(std::get<Started>(got[5]).confinement == "cgroup");
  CHECK(std::get<Ended>(got[6]).record.outcome.exit_code == 42);
}

TEST_CASE("damaged frames are errors, never crashes or large allocations") {
  std::string good;
  encode(good, example());
  for (std::size_t i = 4; i < good.size(); ++i) {
    for (const char value : {'\x00', '\x7f', '\xff'}) {
      std::string bad = good;
      bad[i] = value;
      std::size_t from = 0;
      const auto message = decode(bad, from);
      if (!message) CHECK(message.error().code == Errc::invalid_argument);
    }
  }
  std::size_t from = 0;
  CHECK(!decode(std::string("\xff\xff\xff\xff\x01", 5), from).has_value());
  CHECK(!decode(std::string("\x00\x00\x00\x00\x01", 5), from).has_value());
  CHECK(!decode(std::string("\x01\x00\x00\x00\x63", 5), from).has_value());
}
