// Addresses of masters, as operators write them.
#include "mesos/masters.hpp"

#include <doctest/doctest.h>

using namespace retz;
using retz::mesos::Address;
using retz::mesos::address_in_location;
using retz::mesos::address_of;
using retz::mesos::masters_of;

TEST_CASE("one master, a list, and ZooKeeper") {
  CHECK(masters_of("10.0.0.1:5050")->list == std::vector<Address>{{"10.0.0.1", 5050}});
  CHECK(masters_of("a:1,b:2,[::1]:3")->list ==
        std::vector<Address>{{"a", 1}, {"b", 2}, {"::1", 3}});
  const auto plain = masters_of("zk://a,b:2182/mesos");
  REQUIRE(plain);
  REQUIRE(plain->zookeeper);
  CHECK(plain->list.empty());
  CHECK(plain->zookeeper->servers == std::vector<Address>{{"a", 2181}, {"b", 2182}});
  CHECK(plain->zookeeper->path == "/mesos");
  CHECK(plain->zookeeper->credentials.empty());
  const auto full = masters_of("zk://me:p@ss/w:x@h:1/a/b/");
  REQUIRE(full);
  CHECK(full->zookeeper->credentials == "me:p@ss/w:x");
  CHECK(full->zookeeper->path == "/a/b");
}

TEST_CASE("what cannot be an address is refused with key, cause and forms") {
  for (const char* text : {"",
                           "host",
                           "host:",
                           ":5050",
                           "host:0",
                           "host:70000",
                           "host:5o50",
                           "host:5050,",
                           ",a:1",
                           "a:1,,b:2",
                           "a b:1",
                           "http://a:1",
                           "https://a:1",
                           "::1:5050",
                           "[::1:5050",
                           "[::1]5050",
                           "zk://",
                           "zk://a",
                           "zk://a/",
                           "zk:///mesos",
                           "zk://a:x/mesos",
                           "zk://me@a/mesos",
                           "zk://:p@a/mesos",
                           "zk://a//mesos",
                           "zk://a,/mesos",
                           "a:1/path"}) {
    CAPTURE(text);
    const auto masters = masters_of(text);
    REQUIRE_FALSE(masters);
    CHECK(masters.error().code == Errc::invalid_argument);
    CHECK(masters.error().field == "retz.mesos");
    CHECK(masters.error().message.find("retz.mesos is \"") != std::string::npos);
    CHECK(masters.error().message.find("write HOST:PORT") != std::string::npos);
  }
  CHECK(masters_of("zk://me:hush@a").error().message.find("hush") == std::string::npos);
}

TEST_CASE("redirects name a host whatever is around it") {
  CHECK(address_in_location("//127.0.0.1:5050/master/api/v1/scheduler") ==
        Address{"127.0.0.1", 5050});
  CHECK(address_in_location("http://m:1/x") == Address{"m", 1});
  CHECK(address_in_location("https://[::1]:7") == Address{"::1", 7});
  CHECK_FALSE(address_in_location("m:5050/x"));
  CHECK_FALSE(address_in_location("/api/v1/scheduler"));
  CHECK_FALSE(address_in_location("//m/x"));
  CHECK_FALSE(address_in_location(""));
  CHECK(Address{"::1", 7}.text() == "[::1]:7");
  CHECK(address_of("h", 5) == Address{"h", 5});
  CHECK_FALSE(address_of("h"));
}
