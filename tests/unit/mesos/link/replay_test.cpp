// Recorded answers of a real master, byte for byte, in pieces of every size.
#include <doctest/doctest.h>

#include <netinet/tcp.h>

#include "mesos/recordio.hpp"
#include "unit/mesos/link/files.hpp"
#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using test::Peer;

namespace {

void write_in_pieces(Peer::Connection& with, std::string_view bytes, std::size_t size) {
  while (!bytes.empty()) {
    if (!with.write(bytes.substr(0, size))) return;
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
}

std::vector<std::string> records_of(const std::string& recordio) {
  std::vector<std::string> out;
  mesos::RecordReader reader;
  REQUIRE(reader.take(recordio, [&](std::string_view record) {
    out.emplace_back(record);
    return true;
  }));
  return out;
}

}  // namespace

TEST_CASE("a recorded stream gives its records, whatever pieces it comes in") {
  for (const char* name : {"superseded", "new-leader"}) {
    CAPTURE(name);
    const std::string bytes = recorded(std::string(name) + ".http");
    const auto wanted = records_of(recorded(std::string(name) + ".recordio"));
    std::atomic<std::size_t> size{1};
    Peer master([&](Peer::Connection& with) {
      with.read();
      write_in_pieces(with, bytes, size);
      with.wait_for_the_end();
    });
    for (std::size_t pieces = 1; pieces <= bytes.size(); pieces += pieces < 80 ? 1 : 331) {
      CAPTURE(pieces);
      size = pieces;
      Watch watch({Watch::at(master.port)});
      REQUIRE(watch.tells("record", wanted.size()));
      std::vector<std::string> records;
      for (const auto& told : watch.seen()) {
        if (told.starts_with("record ") && records.size() < wanted.size()) {
          records.push_back(told.substr(7));
        }
      }
      CHECK(records == wanted);
    }
  }
}

TEST_CASE("a recorded stream that is cut at any byte gives no record that is not whole") {
  const std::string bytes = recorded("superseded.http");
  const auto wanted = records_of(recorded("superseded.recordio"));
  std::atomic<std::size_t> cut{0};
  Peer master([&](Peer::Connection& with) {
    with.read();
    if (with.number % 2 == 0) {
      with.write(std::string_view(bytes).substr(0, cut));
    } else {
      with.write(subscribed("next"));
      with.wait_for_the_end();
    }
  });
  for (std::size_t at = 0; at < bytes.size(); at += 23) {
    CAPTURE(at);
    cut = at;
    Watch watch({Watch::at(master.port)});
    REQUIRE(test::eventually([&] { return watch.last("opened").ends_with(" next"); }));
    std::size_t number = 0;
    for (const auto& told : watch.seen()) {
      if (told.ends_with(" next")) break;
      if (told.starts_with("record ")) {
        REQUIRE(number < wanted.size());
        CHECK(told.substr(7) == wanted[number++]);
      }
    }
    CHECK(watch.count("ended") + watch.count("refused") == 1);
  }
}

TEST_CASE("recorded refusals are understood") {
  const auto told = [](const std::string& name, std::string_view what) {
    Peer master([&](Peer::Connection& with) {
      with.read();
      with.write(recorded(name));
      with.wait_for_the_end();
    });
    Watch watch({Watch::at(master.port)});
    REQUIRE(watch.tells(what));
    return watch.last(what);
  };
  CHECK(told("unauthorized.http", "finally refused").find("retz.mesos.principal") !=
        std::string::npos);
  // To 127.0.0.1:5050, where nobody listens here (or somebody, who is no master).
  CHECK(told("redirect.http", "refused").find("127.0.0.1:5050") != std::string::npos);
  CHECK(told("removed.http", "record") ==
        "record {\"type\":\"ERROR\",\"error\":{\"message\":\"Framework has been removed\"}}");
  CHECK(told("heartbeats.http", "record {\"type\":\"HEARTBEAT\"}") ==
        "record {\"type\":\"HEARTBEAT\"}");
}
